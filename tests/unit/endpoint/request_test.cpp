#include "stile/request.hpp"

#include <catch2/catch.hpp>

#include "recording_sink.hpp"
#include "stile/json.hpp"
#include "stile/problem.hpp"

using namespace stile;
using Catch::Matchers::Contains;

namespace {

test::RecordingSink sink;

Request at(std::string_view uri) { return {RequestParts{.method = "GET", .uri = uri, .id = "r-1"}, sink}; }

Request with_body(std::string_view content_type, std::string body) {
  return {RequestParts{.method = "POST", .content_type = content_type, .body = std::move(body)}, sink};
}

Request with_headers(std::vector<HeaderField> headers, std::string_view content_type = {}) {
  return {RequestParts{.content_type = content_type, .headers = std::move(headers)}, sink};
}

// The status that reading the body as JSON ends with.
int json_status(std::string_view content_type, std::string body = "{}") {
  try {
    with_body(content_type, std::move(body)).json();
    return 200;
  } catch (const Problem& problem) {
    return problem.status();
  }
}

}  // namespace

TEST_CASE("A URI is parted at its first question mark, and nothing is decoded") {
  const auto parts = [](std::string_view uri) {
    const Request request = at(uri);
    return std::pair{std::string(request.path()), std::string(request.query_string())};
  };
  using Parts = std::pair<std::string, std::string>;
  CHECK(parts("/a%20b?x=%41&y") == Parts{"/a%20b", "x=%41&y"});
  CHECK(parts("/a?b?c") == Parts{"/a", "b?c"});
  CHECK(parts("/a?") == Parts{"/a", ""});
  CHECK(parts("/a") == Parts{"/a", ""});
  CHECK(parts("") == Parts{"", ""});
}

TEST_CASE("A request tells what it was given") {
  const Request request({.method = "POST",
                         .uri = "/x",
                         .content_type = "text/plain",
                         .id = "r-7",
                         .client_address = "192.0.2.1",
                         .scheme = "https",
                         .host = "example.org",
                         .body = "text"},
                        sink);
  CHECK(request.method() == "POST");
  CHECK(request.id() == "r-7");
  CHECK(request.client_address() == "192.0.2.1");
  CHECK(request.scheme() == "https");
  CHECK(request.host() == "example.org");
  CHECK(request.content_type() == "text/plain");
  CHECK(request.body() == "text");
  CHECK_FALSE(request.path_value("id"));
}

TEST_CASE("A header is found by the name that HTTP gives it, in any case") {
  const Request request =
      with_headers({{"X_TRACE", "1"}, {"ACCEPT", "a/b"}, {"X_TRACE", "2"}, {"X_EMPTY", ""}});
  CHECK(request.header("X-Trace") == "1");
  CHECK(request.header("x-trace") == "1");
  CHECK(request.header("ACCEPT") == "a/b");
  CHECK(request.header("X-Empty") == "");
  CHECK_FALSE(request.header("X-Trac"));
  CHECK_FALSE(request.header("X-Traces"));
  CHECK_FALSE(request.header("X Trace"));
  CHECK_FALSE(request.header(""));
  CHECK(request.header_values("X-Trace") == std::vector<std::string_view>{"1", "2"});
  CHECK(request.header_values("X-Other").empty());
  CHECK(request.headers().size() == 4);
}

TEST_CASE("The content type is a header like others, though CGI hands it over apart") {
  CHECK(with_headers({}, "text/plain").header("Content-Type") == "text/plain");
  CHECK(with_headers({}, "text/plain").header_values("content-type") ==
        std::vector<std::string_view>{"text/plain"});
  CHECK(with_headers({{"CONTENT_TYPE", "text/plain"}}, "text/plain").header_values("Content-Type").size() ==
        1);
  CHECK_FALSE(with_headers({}).header("Content-Type"));
}

TEST_CASE("The query is decoded when asked for") {
  const Request request = at("/a?name=Ada+L&x=%C3%A9&name=2");
  REQUIRE(request.query().size() == 3);
  CHECK(request.query()[0].name == "name");
  CHECK(request.query()[0].value == "Ada L");
  CHECK(request.query()[1].value == "\xc3\xa9");
  CHECK(request.query()[2].value == "2");
  CHECK(&request.query() == &request.query());
}

TEST_CASE("A broken query is a problem each time it is asked for, and only then") {
  const Request request = at("/a?x=%zz");
  CHECK(request.path() == "/a");
  for (int time = 0; time < 2; ++time) {
    try {
      request.query();
      FAIL("the query was accepted");
    } catch (const Problem& problem) {
      CHECK(problem.status() == 400);
      CHECK_THAT(problem.detail(), Contains("query string, byte 3"));
    }
  }
}

TEST_CASE("Cookies are read from all Cookie headers, in order") {
  const Request request = with_headers({{"COOKIE", "a=1; b=2"}, {"X", "c=9"}, {"COOKIE", "a=3"}});
  std::vector<std::string> seen;
  for (const auto& [name, value] : request.cookies()) seen.push_back(name + "=" + value);
  CHECK(seen == std::vector<std::string>{"a=1", "b=2", "a=3"});
  CHECK(with_headers({}).cookies().empty());
}

TEST_CASE("A body is JSON only where its media type says so") {
  CHECK(with_body("application/json", R"({"a":1})").json() == Json{{"a", 1}});
  CHECK(json_status("application/problem+json; charset=utf-8") == 200);
  CHECK(json_status("text/plain") == 415);
  CHECK(json_status("application/json; charset=latin1") == 415);
  CHECK(json_status("") == 415);
  CHECK(json_status("text/plain", "") == 415);
  CHECK(json_status("", "") == 400);
  CHECK(json_status("application/json", "") == 400);
  CHECK(json_status("application/json", "{} x") == 400);
}

TEST_CASE("A refused media type is told which one would do") {
  try {
    with_body("text/plain", "{}").json();
    FAIL("the body was accepted");
  } catch (const Problem& problem) {
    CHECK_THAT(problem.detail(), Contains("application/json"));
    CHECK(problem.headers() ==
          std::vector<std::pair<std::string, std::string>>{{"Accept", "application/json"}});
  }
}

TEST_CASE("A request's log carries its id") {
  test::RecordingSink own;
  const Request request(RequestParts{.id = "r-42"}, own);
  request.log().warning("{} is {}", "x", 7);
  REQUIRE(own.lines().size() == 1);
  CHECK(own.lines()[0].level == Level::warning);
  CHECK(own.lines()[0].request_id == "r-42");
  CHECK(own.lines()[0].text == "x is 7");
}
