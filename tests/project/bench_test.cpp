// The bench still measures. What it measures is nobody's business here: the machine is busy with other tests.
#include <catch2/catch.hpp>
#include <regex>
#include <string>

#include "support/process.hpp"

using namespace std::chrono_literals;
using stile::test::run;

TEST_CASE("The bench measures hello beside the floor") {
  const auto outcome = run({STILE_SOURCE_DIR "/bench/hello", "--build", STILE_BINARY_DIR, "--rounds", "1",
                            "--seconds", "1", "--connections", "2", "--only", "static,floor,stile"},
                           {}, 60s);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit.clean());
  for (const std::string name : {"static", "floor", "stile"}) {
    const std::regex row("\n" + name + R"( +[1-9][0-9]* \([0-9.]+\) +[0-9.]+ +[0-9.]+ +[0-9.]+\n)");
    CHECK(std::regex_search(outcome.out, row));
  }
}

TEST_CASE("The bench says what is wrong with its arguments") {
  for (const std::string flag : {"--rounds", "--only", "--before", "--fast"}) {
    const auto outcome = run({STILE_SOURCE_DIR "/bench/hello", flag, "none"});
    INFO(outcome.err);
    CHECK(outcome.exit.code == 2);
    CHECK_THAT(outcome.err, Catch::StartsWith("bench/hello: "));
  }
}
