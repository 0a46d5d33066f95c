// The scripts that a build runs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;

namespace {

std::string program(const TemporaryDirectory& directory, const std::string& name, const std::string& body) {
  const auto path = directory.write(name, "#!/bin/sh\n" + body + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace

TEST_CASE("What is saved while a build runs is built once more") {
  const TemporaryDirectory directory;
  const auto sources = directory.file("functions");
  std::filesystem::create_directories(sources);
  const auto source = directory.write("functions/x.cpp", "int x;");
  const auto journal = directory.file("journal");
  // The first one meets a save: later than any clock's tick.
  const auto build = program(directory, "build",
                             "echo built >>" + journal + "\n[ $(wc -l <" + journal +
                                 ") -gt 1 ] || touch -d @$(($(date +%s) + 2)) " + source + "\nexit 3");
  CHECK(run({STILE_SOURCE_DIR "/cmake/build-saved", sources, "--", build}).exit.code == 3);
  CHECK(read_file(journal) == "built\nbuilt\n");
  CHECK(run({STILE_SOURCE_DIR "/cmake/build-saved", sources, "--", build}).exit.code == 3);
  CHECK(read_file(journal) == "built\nbuilt\nbuilt\n");
}

TEST_CASE("A function that does not come to its main() fails its build, with its file and why") {
  const TemporaryDirectory directory;
  const auto manifest = directory.file("x.json");
  const auto describe = [&](const std::string& body) {
    return run({STILE_SOURCE_DIR "/cmake/describe", program(directory, "x.fcgi", body), manifest,
                "/p/functions/x.cpp", "x"});
  };
  CHECK(describe("echo '{}' >$3").exit.code == 0);
  CHECK(read_file(manifest) == "{}\n");
  for (const auto& [body, why] :
       std::vector<std::pair<std::string, std::string>>{{"exit 0", "has ended before its main()"},
                                                        {"echo no database >&2; exit 7", "ended with 7"},
                                                        {"kill -ABRT $$", "ended by signal 6"}}) {
    CAPTURE(body);
    const auto outcome = describe(body);
    CHECK(outcome.exit.code == 1);
    CHECK_THAT(outcome.err, Catch::Contains("/p/functions/x.cpp:1:1: error: ") && Catch::Contains(why));
    CHECK_FALSE(std::filesystem::exists(manifest));  // the one before is not taken for this one's
  }
  // What the worker itself says is wrong is all that is said.
  const auto refused = describe("echo noise; echo 'x: concurrency must be 1 .. 1024, not 5000' >&2; exit 2");
  CHECK(refused.exit.code == 1);
  CHECK(refused.err == "/p/functions/x.cpp:1:1: error: concurrency must be 1 .. 1024, not 5000\n");
}
