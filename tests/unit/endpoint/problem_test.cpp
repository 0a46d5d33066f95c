#include "stile/problem.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "stile/json.hpp"

using namespace stile;

TEST_CASE("A problem carries its status and what the client is told") {
  const Problem problem{404, "no such note"};
  CHECK(problem.status() == 404);
  CHECK(problem.detail() == "no such note");
  CHECK(std::string(problem.what()) == "no such note");
  CHECK(problem.members() == Json::object());
  CHECK(problem.headers().empty());
}

TEST_CASE("A problem without a detail is called by its reason") {
  CHECK(std::string(Problem{404}.what()) == "Not Found");
  CHECK(std::string(Problem{499}.what()) == "Error");
  CHECK(Problem{404}.detail().empty());
}

TEST_CASE("A problem is always an error") {
  for (const int status : {400, 499, 500, 599}) CHECK(Problem(status).status() == status);
  for (const int status : {-1, 0, 200, 302, 399, 600, 1000}) CHECK(Problem(status).status() == 500);
}

TEST_CASE("A problem can be thrown with members and headers of its own") {
  try {
    throw Problem{429, "slow down"}.with("limit", 10).with("limit", 20).with_header("Retry-After", "3");
  } catch (const std::exception& error) {
    const auto& problem = dynamic_cast<const Problem&>(error);
    CHECK(problem.members() == Json{{"limit", 20}});
    CHECK(problem.headers() == std::vector<std::pair<std::string, std::string>>{{"Retry-After", "3"}});
  }
}

TEST_CASE("The members that RFC 9457 defines are not the author's to set") {
  for (const auto* name : {"type", "title", "status", "detail", "request_id"}) {
    CHECK_THROWS_AS(Problem{400}.with(name, "x"), std::invalid_argument);
  }
  CHECK_NOTHROW(Problem{400}.with("instance", "/notes/7"));
}

TEST_CASE("A problem's header can inject nothing") {
  CHECK_THROWS_AS(Problem{400}.with_header("X", "a\r\nSet-Cookie: b=c"), std::invalid_argument);
  CHECK_THROWS_AS(Problem{400}.with_header("X\r\nY", "a"), std::invalid_argument);
  CHECK_THROWS_AS(Problem{400}.with_header("Content-Length", "0"), std::invalid_argument);
}

TEST_CASE("Registered statuses have their reasons") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(204) == "No Content");
  CHECK(reason_phrase(400) == "Bad Request");
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(413) == "Content Too Large");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  CHECK(reason_phrase(503) == "Service Unavailable");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  for (const int status : {0, 199, 299, 418, 599, 1000}) CHECK(reason_phrase(status) == "Error");
}
