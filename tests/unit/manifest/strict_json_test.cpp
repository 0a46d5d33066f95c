#include "manifest/strict_json.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

using stile::parse_strict;
using namespace std::string_literals;

TEST_CASE("One JSON value is read, blanks around it or not") {
  CHECK(parse_strict(" {\"a\": [1, {\"b\": null}]}\n") == nlohmann::json{{"a", {1, {{"b", nullptr}}}}});
  CHECK(parse_strict("3") == 3);
}

TEST_CASE("What stands after the value is an error at its place") {
  CHECK_THROWS_WITH(parse_strict("{}\n{}"), "line 2, column 1: this is not JSON");
  CHECK_THROWS_WITH(parse_strict("{} x"), "line 1, column 4: this is not JSON");
}

TEST_CASE("A NUL byte is an error wherever it stands") {
  CHECK_THROWS_WITH(parse_strict("{}\0"s), "line 1, column 3: a NUL byte");
  CHECK_THROWS_WITH(parse_strict("{\n\"a\0\": 1}"s), "line 2, column 3: a NUL byte");
}

TEST_CASE("A name that stands twice in one object is an error, in two objects it is none") {
  CHECK_THROWS_WITH(parse_strict(R"({"port": 1, "bind": 2, "port": 3})"),
                    "\"port\" stands twice in one object");
  CHECK_THROWS_WITH(parse_strict(R"({"a": [{"b": {"x": 1}, "b": 2}]})"), "\"b\" stands twice in one object");
  CHECK_NOTHROW(parse_strict(R"({"a": {"x": 1}, "b": {"x": 1, "a": {"x": 2}}})"));
  CHECK_NOTHROW(parse_strict(R"([{"x": 1}, {"x": 1}])"));
}

TEST_CASE("Sixteen levels are read, a seventeenth is an error") {
  CHECK_NOTHROW(parse_strict(std::string(16, '[') + std::string(16, ']')));
  CHECK_THROWS_WITH(parse_strict(std::string(17, '[') + std::string(17, ']')), "more than 16 levels");
  CHECK_THROWS_WITH(parse_strict(std::string(100'000, '[')), "more than 16 levels");
}

TEST_CASE("What is not JSON is an error at its place") {
  CHECK_THROWS_WITH(parse_strict(""), "line 1, column 0: this is not JSON");
  CHECK_THROWS_WITH(parse_strict("{\n  \"port\": 80,\n}"), "line 3, column 1: this is not JSON");
  CHECK_THROWS_WITH(parse_strict("{\"a\": 1 // why\n}"), Catch::Contains("line 1, column 9"));
  CHECK_THROWS_WITH(parse_strict("{\"a\": \"\xff\"}"), Catch::Contains("this is not JSON"));
  CHECK_THROWS_WITH(parse_strict("{\"a\": 1e999}"), "a number is too large");
}
