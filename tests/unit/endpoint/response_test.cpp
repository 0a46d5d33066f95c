#include "stile/response.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "stile/json.hpp"

using namespace stile;
using namespace std::string_literals;
using Headers = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("A new response is an empty 200") {
  const Response response;
  CHECK(response.status() == 200);
  CHECK(response.body().empty());
  CHECK(response.headers().empty());
}

TEST_CASE("The usual answers have their status and their type") {
  const auto json = Response::json({{"a", 1}}, 202);
  CHECK(json.status() == 202);
  CHECK(json.body() == R"({"a":1})");
  CHECK(json.headers() == Headers{{"Content-Type", "application/json"}});

  const auto text = Response::text("hi");
  CHECK(text.status() == 200);
  CHECK(text.body() == "hi");
  CHECK(text.header("content-type") == "text/plain; charset=utf-8");

  const auto bytes = Response::bytes("\0\xff"s, "image/png", 203);
  CHECK(bytes.status() == 203);
  CHECK(bytes.body() == "\0\xff"s);
  CHECK(bytes.header("Content-Type") == "image/png");

  const auto nothing = Response::no_content();
  CHECK(nothing.status() == 204);
  CHECK(nothing.headers().empty());

  const auto created = Response::created("/api/notes/7", {{"id", 7}});
  CHECK(created.status() == 201);
  CHECK(created.header("Location") == "/api/notes/7");
  CHECK(created.header("Content-Type") == "application/json");
  CHECK(created.body() == R"({"id":7})");
}

TEST_CASE("A redirect has one of the five statuses that mean one") {
  CHECK(Response::redirect("/elsewhere").status() == 302);
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto response = Response::redirect("https://example.org/?a=b#c", status);
    CHECK(response.status() == status);
    CHECK(response.header("Location") == "https://example.org/?a=b#c");
  }
  for (const int status : {200, 300, 304, 305, 306, 309, 400}) {
    CHECK_THROWS_AS(Response::redirect("/", status), std::invalid_argument);
  }
}

TEST_CASE("A location can inject nothing and is never empty") {
  for (const auto& location : {""s, "/a\r\nSet-Cookie: x=y"s, "/a\n"s, "/\0"s}) {
    CAPTURE(location);
    CHECK_THROWS_AS(Response::redirect(location), std::invalid_argument);
    CHECK_THROWS_AS(Response::created(location, nullptr), std::invalid_argument);
  }
}

TEST_CASE("A status is 200 .. 599") {
  Response response;
  for (const int status : {200, 299, 404, 599}) CHECK(response.status(status).status() == status);
  for (const int status : {-1, 0, 100, 101, 199, 600}) {
    CHECK_THROWS_AS(response.status(status), std::invalid_argument);
    CHECK_THROWS_AS(Response::text("", status), std::invalid_argument);
  }
  CHECK(response.status() == 599);
}

TEST_CASE("A header replaces its namesakes in any case, an added one stands beside them") {
  Response response;
  response.add_header("Vary", "A").add_header("X", "1").add_header("vary", "B");
  CHECK(response.headers() == Headers{{"Vary", "A"}, {"X", "1"}, {"vary", "B"}});
  CHECK(response.header("VARY") == "A");
  response.header("VARY", "C");
  CHECK(response.headers() == Headers{{"X", "1"}, {"VARY", "C"}});
  CHECK_FALSE(response.header("Other"));
}

TEST_CASE("A header that is refused leaves the response as it was") {
  Response response;
  response.header("X", "1");
  for (const auto& value : {"a\r\nSet-Cookie: x=y"s, "a\n"s, "\r"s, "\0"s, "a\x7f"s}) {
    CAPTURE(value);
    CHECK_THROWS_AS(response.header("X", value), std::invalid_argument);
    CHECK_THROWS_AS(response.add_header("X", value), std::invalid_argument);
  }
  for (const auto& name : {""s, "X Y"s, "X:"s, "X\r\nY"s, "X\0"s}) {
    CAPTURE(name);
    CHECK_THROWS_AS(response.header(name, "1"), std::invalid_argument);
    CHECK_THROWS_AS(response.add_header(name, "1"), std::invalid_argument);
  }
  for (const auto* name : {"Content-Length", "transfer-encoding", "CONNECTION", "Status"}) {
    CHECK_THROWS_AS(response.header(name, "1"), std::invalid_argument);
    CHECK_THROWS_AS(response.add_header(name, "1"), std::invalid_argument);
  }
  CHECK_THROWS_AS(Response::bytes("x", "text/plain\r\nX: y"), std::invalid_argument);
  CHECK(response.headers() == Headers{{"X", "1"}});
}

TEST_CASE("Each cookie is a header of its own") {
  SetCookie a, b;
  a.name = "a";
  b.name = "b";
  b.same_site = SameSite::strict;
  Response response;
  response.cookie(a).cookie(b);
  CHECK(response.headers() == Headers{{"Set-Cookie", "a=; Path=/; HttpOnly; Secure; SameSite=Lax"},
                                      {"Set-Cookie", "b=; Path=/; HttpOnly; Secure; SameSite=Strict"}});
  SetCookie bad;
  bad.name = "a=b";
  CHECK_THROWS_AS(response.cookie(bad), std::invalid_argument);
  CHECK(response.headers().size() == 2);
}
