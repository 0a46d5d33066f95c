#include "worker/arguments.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace stile::worker {
namespace {

using Mode = Arguments::Mode;

Arguments parse(const std::vector<const char*>& words) { return parse_arguments(words); }

TEST_CASE("without arguments a worker serves what descriptor 0 listens on, below /api") {
  const Arguments arguments = parse({});
  CHECK(arguments.mode == Mode::serve);
  CHECK(arguments.prefix == "/api");
  CHECK_FALSE(arguments.route);
  CHECK_FALSE(arguments.limits.concurrency);
}

TEST_CASE("the supervisor's arguments are taken") {
  const Arguments arguments = parse({"--supervised", "--prefix", "", "--route", "/a/{b}", "--timeout-ms",
                                     "1500", "--concurrency", "3", "--max-body", "5000000000"});
  CHECK(arguments.mode == Mode::supervised);
  CHECK(arguments.prefix.empty());
  CHECK(arguments.route == "/a/{b}");
  CHECK(arguments.limits.timeout == std::chrono::milliseconds(1500));
  CHECK(arguments.limits.concurrency == 3U);
  CHECK(arguments.limits.max_body == 5'000'000'000U);
}

TEST_CASE("a value may follow its option or an equals sign, and may hold one") {
  CHECK(parse({"--prefix=/v1"}).prefix == "/v1");
  CHECK(parse({"--describe", "--output=a=b"}).output == "a=b");
  CHECK(parse({"--describe", "--output", "--odd"}).output == "--odd");
}

TEST_CASE("a request for the terminal has a method, a path, headers and a body") {
  const Arguments arguments =
      parse({"--invoke", "POST", "/api/x?y=1", "--header", "A: 1", "--header=B: 2", "--body", "f"});
  CHECK(arguments.mode == Mode::invoke);
  CHECK(parse({"--replay", "f"}).mode == Mode::replay);
  CHECK(parse({"--replay", "f"}).crash_file == "f");
  CHECK(arguments.method == "POST");
  CHECK(arguments.path == "/api/x?y=1");
  CHECK(arguments.headers == std::vector<std::string>{"A: 1", "B: 2"});
  CHECK(arguments.body_file == "f");
}

TEST_CASE("what is no command line says which part of it is not") {
  CHECK_THROWS_WITH(parse({"--prefx", "/"}), Catch::Contains("'--prefx'"));
  CHECK_THROWS_WITH(parse({"stray"}), Catch::Contains("'stray'"));
  CHECK_THROWS_WITH(parse({"--prefix"}), Catch::Contains("--prefix needs a value"));
  CHECK(parse({"--debug"}).debug);
  CHECK_FALSE(parse({}).debug);
  CHECK_THROWS_WITH(parse({"--debug=yes"}), Catch::Contains("--debug takes no value"));
  CHECK_THROWS_WITH(parse({"--replay"}), Catch::Contains("--replay needs a value"));
  CHECK_THROWS_WITH(parse({"--replay", "f", "--invoke", "GET", "/"}), Catch::Contains("give one of"));
  CHECK_THROWS_WITH(parse({"--replay", "f", "--body", "g"}), Catch::Contains("belong to --invoke"));
  CHECK_THROWS_WITH(parse({"--invoke", "GET"}), Catch::Contains("--invoke needs a value"));
  CHECK_THROWS_WITH(parse({"--concurrency", "3x"}), Catch::Contains("'3x'"));
  CHECK_THROWS_WITH(parse({"--concurrency", "-1"}), Catch::Contains("'-1'"));
  CHECK_THROWS_WITH(parse({"--concurrency", "4294967296"}), Catch::Contains("--concurrency needs a number"));
  CHECK_THROWS_WITH(parse({"--supervised=yes"}), Catch::Contains("takes no value"));
  CHECK_THROWS_WITH(parse({"--supervised", "--describe"}), Catch::Contains("one of"));
  CHECK_THROWS_WITH(parse({"--output", "x"}), Catch::Contains("--describe"));
  CHECK_THROWS_WITH(parse({"--header", "A: 1"}), Catch::Contains("--invoke"));
  CHECK_THROWS_AS(parse({"--body", "x"}), UsageError);
}

}  // namespace
}  // namespace stile::worker
