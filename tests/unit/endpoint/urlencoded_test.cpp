#include "endpoint/urlencoded.hpp"

#include <catch2/catch.hpp>

#include "stile/problem.hpp"

using namespace stile;
using Pairs = std::vector<std::pair<std::string, std::string>>;

namespace {

Pairs parsed(std::string_view text) {
  Pairs pairs;
  for (auto& [name, value] : parse_urlencoded(text, "form"))
    pairs.emplace_back(std::move(name), std::move(value));
  return pairs;
}

std::string refusal(std::string_view text) {
  try {
    parse_urlencoded(text, "form");
    return "accepted";
  } catch (const Problem& problem) {
    CHECK(problem.status() == 400);
    return problem.detail();
  }
}

}  // namespace

TEST_CASE("Pairs are parted at & and at the first =") {
  CHECK(parsed("") == Pairs{});
  CHECK(parsed("a=1&b=2") == Pairs{{"a", "1"}, {"b", "2"}});
  CHECK(parsed("a=1=2") == Pairs{{"a", "1=2"}});
  CHECK(parsed("a") == Pairs{{"a", ""}});
  CHECK(parsed("a=") == Pairs{{"a", ""}});
  CHECK(parsed("=1") == Pairs{{"", "1"}});
  CHECK(parsed("&&a=1&&") == Pairs{{"a", "1"}});
  CHECK(parsed("a;b=1") == Pairs{{"a;b", "1"}});
  CHECK(parsed("a=1&a=2") == Pairs{{"a", "1"}, {"a", "2"}});
}

TEST_CASE("Names and values are decoded after they were parted, once") {
  CHECK(parsed("a%3Db%26=c%26d%3D") == Pairs{{"a=b&", "c&d="}});
  CHECK(parsed("a+b=c+%2B") == Pairs{{"a b", "c +"}});
  CHECK(parsed("x=%2541") == Pairs{{"x", "%41"}});
  CHECK(parsed("x=%F0%9F%98%80") == Pairs{{"x", "\xf0\x9f\x98\x80"}});
  CHECK(parsed("x=\xc3\xa9") == Pairs{{"x", "\xc3\xa9"}});
}

TEST_CASE("A broken escape is refused with its place") {
  CHECK(refusal("%") == "form, byte 1: two hexadecimal digits must follow '%'");
  CHECK(refusal("a=1&b=x%4") == "form, byte 8: two hexadecimal digits must follow '%'");
  CHECK(refusal("a=1&b%zz=x") == "form, byte 6: two hexadecimal digits must follow '%'");
}

TEST_CASE("What is no UTF-8 once decoded is refused with its place") {
  CHECK(refusal("a=1&b=x%ff") == "form, byte 7: what begins here is not UTF-8 once decoded");
  CHECK(refusal("a=1&%C3=x") == "form, byte 5: what begins here is not UTF-8 once decoded");
  CHECK(refusal("a=\xff") == "form, byte 3: what begins here is not UTF-8 once decoded");
  CHECK(refusal("a=%ed%a0%80") == "form, byte 3: what begins here is not UTF-8 once decoded");
}
