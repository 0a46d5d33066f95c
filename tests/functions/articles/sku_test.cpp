#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using namespace stile::testing;
using stile::Json;

TEST_CASE("an article is there, is not there, or is there no more") {
  CHECK(call(GET, "/api/articles/ABC-1234").json()["name"] == "Pencil");
  CHECK(call(GET, "/api/articles/ABC-1234", {.headers = {{"Accept-Language", "de-DE"}}}).json()["name"] ==
        "Bleistift");
  CHECK(call(GET, "/api/articles/XYZ-9999").status() == 404);
  CHECK(call(GET, "/api/articles/OLD-0001").status() == 410);
  CHECK(call(GET, "/api/articles/ABC-1234?unit=litre").status() == 404);
}

TEST_CASE("path, query and cookie are refused in one answer") {
  const Json errors =
      call(GET, "/api/articles/abc?unit=inch", {.headers = {{"Cookie", "currency=euro"}}}).json()["errors"];
  REQUIRE(errors.size() == 3);
  CHECK(errors[0]["in"] == "path");
  CHECK(errors[1]["pointer"] == "/0");
  CHECK(errors[2]["name"] == "currency");
}
