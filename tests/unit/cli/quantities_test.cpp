#include "cli/quantities.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace std::chrono_literals;
using namespace stile::cli;

TEST_CASE("A time is a whole number with its unit") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("0ms") == 0ms);
}

TEST_CASE("What could mean two times is none") {
  for (const char* text :
       {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "5.5s", "5S", "5sec", "5s5", "0x5s"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_duration(text), Catch::Contains("with a unit"));
  }
}

TEST_CASE("A time beyond what a clock can hold is refused, not wrapped") {
  CHECK_THROWS_WITH(parse_duration("99999999999999999999ms"), Catch::Contains("too large"));
  CHECK_THROWS_WITH(parse_duration("9223372036854775807s"), Catch::Contains("too large"));
  CHECK(parse_duration("9223372036854775807ms").count() == 9223372036854775807);
}

TEST_CASE("A size is a number of bytes, or has a unit") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("1048576") == 1048576);
  CHECK(parse_size("7B") == 7);
  CHECK(parse_size("64kB") == 64'000);
  CHECK(parse_size("64KB") == 64'000);
  CHECK(parse_size("2MB") == 2'000'000);
  CHECK(parse_size("1GB") == 1'000'000'000);
  CHECK(parse_size("1KiB") == 1024);
  CHECK(parse_size("1MiB") == 1'048'576);
  CHECK(parse_size("1GiB") == 1'073'741'824);
}

TEST_CASE("What is no size is refused") {
  for (const char* text : {"", "MB", "2 MB", "2mb", "2M", "-1", "1.5MB", "2MBs"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_size(text), Catch::Contains("is not a size"));
  }
  CHECK_THROWS_WITH(parse_size("99999999999GB"), Catch::Contains("too large"));
}

TEST_CASE("How long something holds may be days, up to a hundred years of them") {
  using namespace std::chrono_literals;
  CHECK(parse_lifetime("1s") == 1s);
  CHECK(parse_lifetime("12h") == 12h);
  CHECK(parse_lifetime("90d") == 24h * 90);
  CHECK(parse_lifetime("36500d") == 24h * 36500);
  for (const auto* text :
       {"", "90", "d", "0s", "36501d", "1w", "-1d", "1.5d", "500ms", "99999999999999999999d"})
    CHECK_THROWS_AS(parse_lifetime(text), std::invalid_argument);
}
