#include "stile/time.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace stile;
using namespace std::chrono_literals;
using std::chrono::sys_days;

namespace {

// As it is printed, or "refused".
std::string time_of(std::string_view text) {
  const auto time = read_time(text);
  return time ? print_time(*time) : "refused";
}

std::string date_of(std::string_view text) {
  const auto date = read_date(text);
  return date ? print_date(*date) : "refused";
}

}  // namespace

TEST_CASE("A time is read as microseconds since 1970") {
  CHECK(read_time("1970-01-01T00:00:00Z") == Time(0us));
  CHECK(read_time("1970-01-01T00:00:00.000001Z") == Time(1us));
  CHECK(read_time("1969-12-31T23:59:59.999999Z") == Time(-1us));
  CHECK(read_time("2001-09-09T01:46:40Z") == Time(1'000'000'000s));
  CHECK(read_time("2026-05-01T12:30:45.678901Z") == sys_days(2026y / 5 / 1) + 12h + 30min + 45s + 678'901us);
}

TEST_CASE("A time's offset is taken off") {
  CHECK(time_of("1985-04-12T23:20:50.52Z") == "1985-04-12T23:20:50.520Z");  // the RFC's examples
  CHECK(time_of("1996-12-19T16:39:57-08:00") == "1996-12-20T00:39:57Z");
  CHECK(time_of("1937-01-01T12:00:27.87+00:20") == "1937-01-01T11:40:27.870Z");
  CHECK(time_of("2026-01-01T00:00:00+23:59") == "2025-12-31T00:01:00Z");
  CHECK(time_of("2025-12-31T23:59:59-23:59") == "2026-01-01T23:58:59Z");
  CHECK(time_of("2026-05-01T12:00:00-00:00") ==
        "2026-05-01T12:00:00Z");  // section 4.3: the place is not known
  CHECK(time_of("2026-05-01t12:00:00z") == "2026-05-01T12:00:00Z");
}

TEST_CASE("A time is printed with no more digits than it has, three or six at a time") {
  CHECK(time_of("2026-05-01T12:00:00.000000Z") == "2026-05-01T12:00:00Z");
  CHECK(time_of("2026-05-01T12:00:00.5Z") == "2026-05-01T12:00:00.500Z");
  CHECK(time_of("2026-05-01T12:00:00.001Z") == "2026-05-01T12:00:00.001Z");
  CHECK(time_of("2026-05-01T12:00:00.0001Z") == "2026-05-01T12:00:00.000100Z");
  CHECK(time_of("2026-05-01T12:00:00.120450Z") == "2026-05-01T12:00:00.120450Z");
}

TEST_CASE("What a time has beyond microseconds is cut off, never rounded") {
  CHECK(time_of("2026-12-31T23:59:59.9999999Z") == "2026-12-31T23:59:59.999999Z");
  CHECK(time_of("2026-05-01T12:00:00.0000009Z") == "2026-05-01T12:00:00Z");
  CHECK(time_of("2026-05-01T12:00:00." + std::string(10'000, '9') + "Z") == "2026-05-01T12:00:00.999999Z");
}

TEST_CASE("A leap second is the last microsecond before it, where there can be one") {
  CHECK(time_of("1990-12-31T23:59:60Z") == "1990-12-31T23:59:59.999999Z");
  CHECK(time_of("1990-12-31T15:59:60.5-08:00") == "1990-12-31T23:59:59.999999Z");
  CHECK(time_of("2017-01-01T00:59:60+01:00") == "2016-12-31T23:59:59.999999Z");
  CHECK(time_of("2016-06-30T23:59:60Z") == "2016-06-30T23:59:59.999999Z");
  CHECK(time_of("2024-02-29T23:59:60Z") == "2024-02-29T23:59:59.999999Z");
  for (const char* text :
       {"1990-12-31T23:59:61Z", "1990-12-31T23:58:60Z", "1990-12-31T22:59:60Z", "1990-12-30T23:59:60Z",
        "2024-02-28T23:59:60Z", "1990-12-31T23:59:60-08:00", "1971-12-31T23:59:60Z"}) {
    INFO(text);
    CHECK(time_of(text) == "refused");
  }
}

TEST_CASE("Times reach from the year 0000 to the year 9999, in UTC") {
  CHECK(time_of("0000-01-01T00:00:00Z") == "0000-01-01T00:00:00Z");
  CHECK(time_of("9999-12-31T23:59:59.999999Z") == "9999-12-31T23:59:59.999999Z");
  CHECK(time_of("0000-01-01T00:00:00+00:01") == "refused");
  CHECK(time_of("9999-12-31T23:59:59-00:01") == "refused");
  CHECK(time_of("9999-12-31T23:59:60Z") == "9999-12-31T23:59:59.999999Z");
  CHECK(time_of("9999-12-31T23:59:59+00:01") == "9999-12-31T23:58:59Z");
}

TEST_CASE("A time is refused in any other spelling") {
  const std::string text = GENERATE(
      as<std::string>(), "", "2026-05-01", "2026-05-01T12:30Z", "2026-05-01T12:30:00", "2026-05-01 12:30:00Z",
      "2026-05-01_12:30:00Z", "2026-5-1T12:30:00Z", "26-05-01T12:30:00Z", "12026-05-01T12:30:00Z",
      "-2026-05-01T12:30:00Z", "+2026-05-01T12:30:00Z", "2026-05-01T12:30:00.Z", "2026-05-01T12:30:00,5Z",
      "2026-05-01T12:30:00.5", "2026-05-01T12:30:00.5.5Z", "2026-05-01T12:30:00+0200",
      "2026-05-01T12:30:00+02", "2026-05-01T12:30:00+2:00", "2026-05-01T12:30:00+24:00",
      "2026-05-01T12:30:00+02:60", "2026-05-01T12:30:00 Z", "2026-05-01T12:30:00ZZ", "2026-05-01T12:30:00Z ",
      " 2026-05-01T12:30:00Z", "2026-05-01T12:30:00Z\n", "2026-05-01T24:00:00Z", "2026-05-01T12:60:00Z",
      "2026-05-01T12:30:61Z", "2026-00-01T12:30:00Z", "2026-13-01T12:30:00Z", "2026-05-00T12:30:00Z",
      "2026-05-32T12:30:00Z", "2026-02-29T12:30:00Z", "1900-02-29T12:30:00Z", "20260501T123000Z",
      "2026-W18-5T12:30:00Z", "2026-05-01T-1:30:00Z", "2026-05-01T12:30:0x0Z",
      "99999999999999999999-05-01T12:30:00Z", "2026-05-01T12:30:00+99:99", "Fri, 01 May 2026 12:30:00 GMT",
      "1777638600");
  INFO(text);
  CHECK(time_of(text) == "refused");
}

TEST_CASE("A NUL does not end a time") {
  CHECK(time_of(std::string_view("2026-05-01T12:30:00Z\0", 21)) == "refused");
  CHECK(time_of(std::string_view("2026-05-01T12:30:00\0", 20)) == "refused");
}

TEST_CASE("A time of another year has no text") {
  CHECK_THROWS_AS(print_time(Time::max()), std::invalid_argument);
  CHECK_THROWS_AS(print_time(Time::min()), std::invalid_argument);
  CHECK_THROWS_AS(print_time(sys_days(10000y / 1 / 1)), std::invalid_argument);
  CHECK_THROWS_AS(print_time(sys_days(0y / 1 / 1) - 1us), std::invalid_argument);
}

TEST_CASE("A date is a day of the calendar, from the year 0000 to 9999") {
  CHECK(read_date("2026-05-01") == 2026y / 5 / 1);
  for (const char* text :
       {"0000-01-01", "0000-02-29", "1582-10-10", "2000-02-29", "2024-02-29", "9999-12-31"}) {
    INFO(text);
    CHECK(date_of(text) == text);
  }
  for (const char* text :
       {"2026-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-10-00", "2026-13-01", ""}) {
    INFO(text);
    CHECK(date_of(text) == "refused");
  }
}

TEST_CASE("A date is refused in any other spelling") {
  const std::string text = GENERATE(as<std::string>(), "2026-5-01", "2026-05-1", "26-05-01", "20260501",
                                    "2026/05/01", "2026-05-01Z", "2026-05-01T00:00:00Z", " 2026-05-01",
                                    "2026-05-01 ", "+2026-05-01", "-001-05-01", "2026-05");
  INFO(text);
  CHECK(date_of(text) == "refused");
}

TEST_CASE("What is no day has no text") {
  CHECK_THROWS_AS(print_date(2026y / 2 / 30), std::invalid_argument);
  CHECK_THROWS_AS(print_date(10000y / 1 / 1), std::invalid_argument);
  CHECK_THROWS_AS(print_date(-1y / 1 / 1), std::invalid_argument);
  CHECK_THROWS_AS(print_date(Date()), std::invalid_argument);
}

TEST_CASE("Every day of four centuries is printed and read back") {
  std::string before;
  for (auto day = sys_days(1900y / 1 / 1); day < sys_days(2300y / 1 / 1); day += std::chrono::days(1)) {
    const std::string text = print_date(day);
    REQUIRE(before < text);
    REQUIRE(read_date(text) == Date(day));
    REQUIRE(read_time(text + "T00:00:00Z") == Time(day));
    before = text;
  }
}
