#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using stile::Json;
using stile::testing::call;

TEST_CASE("a header alone can be sent") {
  const auto answer = call("OPTIONS", "/api/echo", stile::testing::Sending{.headers = {{"X-Trace", "7"}}});
  CHECK(answer.status() == 204);
}

TEST_CASE("echo gives back the JSON with method, path, query and headers") {
  const auto answer =
      call("POST", "/api/echo?a=1&b=x%20y&a=2",
           {.headers = {{"X-Trace", "7"}}, .content_type = "application/json", .body = "[1, {\"k\": null}]"});
  CHECK(answer.status() == 200);
  CHECK(answer.json() == Json{{"json", {1, {{"k", nullptr}}}},
                              {"method", "POST"},
                              {"path", "/api/echo"},
                              {"query", {{"a", {"1", "2"}}, {"b", {"x y"}}}},
                              {"headers", {{"X_TRACE", {"7"}}}}});
}

TEST_CASE("echo takes any JSON value, scalars and the largest integers too") {
  for (const char* text :
       {"null", "true", "\"\\u0000\"", "-9223372036854775808", "18446744073709551615", "[]", "{}"}) {
    CAPTURE(text);
    const auto answer = call("POST", "/api/echo", {.content_type = "application/json", .body = text});
    CHECK(answer.status() == 200);
    CHECK(answer.json()["json"] == stile::parse_json(text));
  }
}

TEST_CASE("echo refuses what is no JSON with 400, and another media type with 415") {
  CHECK(call("POST", "/api/echo", {.content_type = "application/json", .body = "{"}).status() == 400);
  CHECK(call("POST", "/api/echo", {.content_type = "application/json", .body = std::string("{}\0", 3)})
            .status() == 400);
  CHECK(call("POST", "/api/echo", {.content_type = "application/json", .body = ""}).status() == 400);
  CHECK(call("POST", "/api/echo", {.content_type = "text/plain", .body = "{}"}).status() == 415);
}
