#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using stile::testing::call;

TEST_CASE("hello greets by name, decoded once") {
  CHECK(call("GET", "/api/hello/Ada").json() == stile::Json{{"message", "Hello, Ada!"}});
  CHECK(call("GET", "/api/hello/Zo%C3%AB%2520").json() == stile::Json{{"message", "Hello, Zoë%20!"}});
}

TEST_CASE("hello shouts where it is asked to") {
  CHECK(call("GET", "/api/hello/Ada?shout=true").json()["message"] == "HELLO, ADA!");
  CHECK(call("GET", "/api/hello/Ada?shout=0").json()["message"] == "Hello, Ada!");
}

TEST_CASE("hello refuses a shout that is neither true nor false, saying where and why") {
  const auto answer = call("GET", "/api/hello/Ada?shout=loud");
  CHECK(answer.status() == 422);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  const auto problem = answer.json();
  CHECK(problem["detail"] == R"(query parameter "shout" is "loud"; expected true or false)");
  CHECK(problem["errors"][0]["name"] == "shout");
}

TEST_CASE("hello refuses a shout that comes twice, and a name that is not UTF-8") {
  CHECK(call("GET", "/api/hello/Ada?shout=1&shout=0").status() == 422);
  const auto answer = call("GET", "/api/hello/%FF");
  CHECK(answer.status() == 422);
  CHECK(answer.json()["detail"] == R"(path parameter "name" is "\xFF"; expected UTF-8 text)");
}
