#include "e2e/hostile.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "support/temporary_directory.hpp"

namespace stile::test {

std::size_t runs(const GridProject& project) {
  std::error_code none;
  const auto size = std::filesystem::file_size(project.served().state_directory() + "/where.ran", none);
  return none ? 0 : size;
}

void check_documented(const std::string& what, const std::string& gets, bool does_run) {
  static const auto document = read_file(STILE_SOURCE_DIR "/docs/hostile-http.md");
  const auto row = "| " + what + " | " + gets + " | " + (does_run ? "yes" : "no");
  INFO("docs/hostile-http.md lacks: " << row);
  CHECK(document.find(row) != std::string::npos);
}

void check_log(const GridProject& project) {
  std::istringstream lines(project.served().log());
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c != 0x7f; }));
    if (line.starts_with("{")) CHECK(nlohmann::json::accept(line));
  }
}

}  // namespace stile::test
