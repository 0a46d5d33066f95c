#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using stile::testing::call;

TEST_CASE("hello says exactly what the README says") {
  const auto answer = call("GET", "/api/hello");
  CHECK(answer.status() == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.body() == R"({"message":"Hello, World!"})");
}

TEST_CASE("hello has no other method than GET, HEAD and OPTIONS") {
  const auto answer = call("POST", "/api/hello", stile::Json::object());
  CHECK(answer.status() == 405);
  CHECK(answer.header("Allow") == "GET, HEAD, OPTIONS");
  CHECK(call("OPTIONS", "/api/hello").header("Allow") == "GET, HEAD, OPTIONS");
  CHECK(call("HEAD", "/api/hello").status() == 200);
}
