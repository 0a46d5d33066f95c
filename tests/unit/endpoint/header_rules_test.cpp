#include "endpoint/header_rules.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

using namespace stile;
using namespace std::string_literals;
using Catch::Matchers::Contains;

TEST_CASE("An ordinary header is safe") {
  CHECK(is_safe_header("X-Trace", "a b; c=\"d\"\t caf\xc3\xa9"));
  CHECK(is_safe_header("X-Empty", ""));
  CHECK_NOTHROW(require_safe_header("X-Trace", "1"));
}

TEST_CASE("A header that could begin another one is not safe") {
  for (const auto& value : {"a\rb"s, "a\nb"s, "a\0b"s, "\r\n"s, "a\x1b"s, "a\x7f"s}) {
    CAPTURE(value);
    CHECK_FALSE(is_safe_header("X", value));
    CHECK_THROWS_WITH(require_safe_header("X", value),
                      Contains("header X holds a control character") && !Contains(value));
  }
  for (const auto& name : {""s, "a b"s, "a:"s, "a\r\nb"s, "a\0"s, "\xc3\xa9"s}) {
    CAPTURE(name);
    CHECK_FALSE(is_safe_header(name, "x"));
    CHECK_THROWS_WITH(require_safe_header(name, "x"),
                      "the name of a response header is empty or not a token");
  }
}

TEST_CASE("The server's own headers are refused in any case") {
  for (const auto* name : {"Content-Length", "content-length", "TRANSFER-ENCODING", "Connection", "status"}) {
    CHECK(is_server_header(name));
    CHECK_FALSE(is_safe_header(name, "1"));
    CHECK_THROWS_WITH(require_safe_header(name, "1"), Contains("is the server's to set"));
  }
  CHECK_FALSE(is_server_header("Content-Type"));
}
