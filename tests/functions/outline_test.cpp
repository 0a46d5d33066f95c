#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using namespace stile::testing;
using stile::Json;

TEST_CASE("sections are numbered to their depth") {
  const Json document = {{{"title", "Start"}, {"sections", {{{"title", "Install"}}, {{"title", "Run"}}}}},
                         {{"title", "Use"}}};
  CHECK(call(POST, "/api/outline", document).json() == Json{"1 Start", "1.1 Install", "1.2 Run", "2 Use"});
}

TEST_CASE("a section without a title is named by its place in the tree") {
  const Json document = {{{"title", "Start"}, {"sections", {{{"title", ""}}}}}};
  CHECK(call(POST, "/api/outline", document).json()["errors"][0]["pointer"] == "/0/sections/0/title");
}
