#include "cli/status.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "posix/failure.hpp"

using namespace stile;
using namespace stile::cli;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json answer() {
  return json::parse(
      R"({"ok": true, "functions": [{"name": "hello", "path": "/api/hello", "id": "hello", "slots": [
    {"state": "ready", "pid": 0, "counters": "", "leaving": [], "restarts": 2, "crashes": 1, "last_crash": "hello ended by signal 9",
     "answered_before": 40, "failed_before": 3, "waiting": 4},
    {"state": "cold", "pid": 0, "counters": "/nonexistent", "leaving": [], "restarts": 0, "crashes": 0, "last_crash": "",
     "answered_before": 2, "failed_before": 0, "waiting": 1}]}]})");
}

}  // namespace

TEST_CASE("a function's slots are one line") {
  const auto functions = read_status(answer(), "/nonexistent");
  REQUIRE(functions.size() == 1);
  const auto& hello = functions.front();
  CHECK(hello.state == "cold 1, ready 1");
  CHECK(hello.instances == 2);
  CHECK(hello.processes == 0);
  CHECK(hello.counts.answered == 42);
  CHECK(hello.counts.failed == 3);
  CHECK(hello.counts.waiting == 5);
  CHECK(hello.restarts == 2);
  CHECK(hello.last_crash == "hello ended by signal 9");

  std::istringstream lines(status_table(functions));
  std::string heading;
  std::string row;
  std::getline(lines, heading);
  std::getline(lines, row);
  CHECK(heading.find("LAST CRASH") <= 100);
  CHECK(row.substr(heading.find("LAST CRASH")) == "hello ended by signal 9 (1 in all)");
  CHECK(row.find(" 42 ") != std::string::npos);
}

TEST_CASE("what the processor did is a share once it was seen before") {
  auto functions = read_status(answer(), "/nonexistent");
  functions.front().cpu = 1500ms;
  CHECK(status_table(functions).find(" 1.5s ") != std::string::npos);
  CHECK(status_table(functions, {{"/api/hello", 1000ms}}, 1000ms).find(" 50% ") != std::string::npos);
}

TEST_CASE("an answer that is none is a failure, not a crash") {
  for (const auto* text :
       {"{}", R"({"functions": 7})", R"({"functions": [{}]})", R"({"functions": [{"name": 1}]})"}) {
    CHECK_THROWS_AS(read_status(json::parse(text), "/nonexistent"), Failure);
  }
}
