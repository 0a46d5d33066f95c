#include "manifest/percent.hpp"

#include <catch2/catch.hpp>

using namespace stile;
using namespace std::string_literals;

namespace {

std::string decoded(std::string_view text, Plus plus = Plus::literal) {
  std::string out;
  REQUIRE(percent_decode(text, plus, out) == std::string_view::npos);
  return out;
}

std::size_t broken_at(std::string_view text) {
  std::string out;
  return percent_decode(text, Plus::literal, out);
}

}  // namespace

TEST_CASE("Every byte can be written as an escape, in either case") {
  for (int byte = 0; byte < 256; ++byte) {
    constexpr std::string_view lower = "0123456789abcdef", upper = "0123456789ABCDEF";
    const auto high = static_cast<std::size_t>(byte / 16), low = static_cast<std::size_t>(byte % 16);
    const std::string expected(1, static_cast<char>(byte));
    CHECK(decoded(std::string{'%', lower[high], lower[low]}) == expected);
    CHECK(decoded(std::string{'%', upper[high], upper[low]}) == expected);
  }
}

TEST_CASE("A text is decoded once") {
  CHECK(decoded("") == "");
  CHECK(decoded("plain") == "plain");
  CHECK(decoded("%2525") == "%25");
  CHECK(decoded("a%20b%2Fc%00d") == "a b/c\0d"s);
}

TEST_CASE("A plus is a blank only where it is said to be") {
  CHECK(decoded("a+b%2B", Plus::literal) == "a+b+");
  CHECK(decoded("a+b%2B+", Plus::space) == "a b+ ");
}

TEST_CASE("A broken escape is told with its place") {
  CHECK(broken_at("%") == 0);
  CHECK(broken_at("ab%2") == 2);
  CHECK(broken_at("%41%zz") == 3);
  CHECK(broken_at("%4g") == 0);
  CHECK(broken_at("%%41") == 0);
  CHECK(broken_at("%+1") == 0);
  CHECK(broken_at("% 1") == 0);
}

TEST_CASE("What is decoded is appended") {
  std::string out = "left/";
  CHECK(percent_decode("%61b", Plus::literal, out) == std::string_view::npos);
  CHECK(out == "left/ab");
}
