// The form of the sources, and that each public header stands by itself.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using stile::test::run;

namespace {

std::vector<std::string> sources_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(STILE_SOURCE_DIR) / folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".hpp") files.push_back(entry.path().string());
  }
  return files;
}

}  // namespace

TEST_CASE("All sources have the form that clang-format gives them") {
  std::vector<std::string> command{"clang-format-14", "--dry-run", "--Werror"};
  for (const char* folder : {"runtime", "functions", "tests", "bench"}) {
    const auto files = sources_below(folder);
    command.insert(command.end(), files.begin(), files.end());
  }
  const auto outcome = run(command, {}, 120s);
  INFO(outcome.err);
  CHECK(outcome.exit.clean());
}

TEST_CASE("Every public header compiles by itself, without a warning") {
  const std::string include = STILE_SOURCE_DIR "/runtime/include";
  const auto headers = sources_below("runtime/include/stile");
  REQUIRE(headers.size() > 10);
  for (const auto& header : headers) {
    if (header.ends_with("entry.hpp") || header.ends_with("/entry_common.hpp"))
      continue;  // the end of a generated source, which every function compiles
    const auto outcome =
        run({STILE_CXX, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
             "-Wconversion", "-Werror", "-I", include, "-x", "c++", "-include", header, "/dev/null"},
            {}, 120s);
    INFO(header << "\n" << outcome.err);
    CHECK(outcome.exit.clean());
  }
}
