#include "endpoint/cookies.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace stile;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using Pairs = std::vector<std::pair<std::string, std::string>>;

namespace {

Pairs parsed(std::string_view header) {
  std::vector<NamedValue> cookies;
  parse_cookies(header, cookies);
  Pairs pairs;
  for (auto& [name, value] : cookies) pairs.emplace_back(std::move(name), std::move(value));
  return pairs;
}

SetCookie session() {
  SetCookie cookie;
  cookie.name = "session";
  cookie.value = "abc123";
  return cookie;
}

template <class Change>
std::string refusal(Change change) {
  SetCookie cookie = session();
  change(cookie);
  try {
    return "accepted: " + print_cookie(cookie);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("A Cookie header is parted into pairs") {
  CHECK(parsed("a=1") == Pairs{{"a", "1"}});
  CHECK(parsed("a=1; b=2;c=3") == Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}});
  CHECK(parsed(" a = 1 ;\tb=2 ") == Pairs{{"a", "1"}, {"b", "2"}});
  CHECK(parsed("a=b=c") == Pairs{{"a", "b=c"}});
  CHECK(parsed("a=") == Pairs{{"a", ""}});
  CHECK(parsed("a=\"x y\"") == Pairs{{"a", "\"x y\""}});
  CHECK(parsed("a=%41+b") == Pairs{{"a", "%41+b"}});
}

TEST_CASE("What is no pair is skipped and the rest is kept") {
  CHECK(parsed("") == Pairs{});
  CHECK(parsed(";;; ;") == Pairs{});
  CHECK(parsed("flag; a=1; =2; b=3") == Pairs{{"a", "1"}, {"b", "3"}});
}

TEST_CASE("A cookie is safe unless said otherwise") {
  CHECK(print_cookie(session()) == "session=abc123; Path=/; HttpOnly; Secure; SameSite=Lax");
}

TEST_CASE("Every attribute of a cookie can be chosen") {
  SetCookie cookie = session();
  cookie.path = "/app";
  cookie.domain = "example.org";
  cookie.max_age = 1h;
  cookie.http_only = false;
  cookie.same_site = SameSite::none;
  CHECK(print_cookie(cookie) ==
        "session=abc123; Path=/app; Domain=example.org; Max-Age=3600; Secure; SameSite=None");
  cookie = session();
  cookie.path.clear();
  cookie.secure = false;
  cookie.same_site = SameSite::strict;
  cookie.max_age = 0s;
  cookie.value.clear();
  CHECK(print_cookie(cookie) == "session=; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST_CASE("A cookie's parts can inject nothing") {
  for (const auto& bad :
       {"a b"s, "a;b"s, "a,b"s, "a\"b"s, "a\\b"s, "a\r\nX: y"s, "a\0b"s, "\x7f"s, "caf\xc3\xa9"s}) {
    CAPTURE(bad);
    CHECK_THAT(refusal([&](SetCookie& cookie) { cookie.value = bad; }),
               Contains("'session' cannot be set: its value"));
  }
  for (const auto& bad : {""s, "a b"s, "a;b"s, "a=b"s, "a\r\nX: y"s, "a\0"s, "\xc3\xa9"s}) {
    CAPTURE(bad);
    CHECK(refusal([&](SetCookie& cookie) { cookie.name = bad; }) ==
          "the name of a cookie is empty or not a token");
  }
  for (const auto& bad : {"a"s, "/a;Domain=x"s, "/a\r\n"s, "/\0"s, "/\xc3\xa9"s}) {
    CAPTURE(bad);
    CHECK_THAT(refusal([&](SetCookie& cookie) { cookie.path = bad; }), Contains("its path"));
  }
  for (const auto& bad : {"a;b"s, "a b"s, "a\r\nb"s, "a/b"s}) {
    CAPTURE(bad);
    CHECK_THAT(refusal([&](SetCookie& cookie) { cookie.domain = bad; }), Contains("its domain"));
  }
}

TEST_CASE("What a browser would drop is refused") {
  CHECK_THAT(refusal([](SetCookie& cookie) {
               cookie.same_site = SameSite::none;
               cookie.secure = false;
             }),
             Contains("SameSite=None needs secure"));
  CHECK_THAT(refusal([](SetCookie& cookie) { cookie.max_age = -1s; }), Contains("its max_age is negative"));
}
