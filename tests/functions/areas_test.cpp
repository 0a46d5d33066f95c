#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using namespace stile::testing;
using stile::Json;

TEST_CASE("each shape has its area") {
  const Json shapes = {{{"type", "rectangle"}, {"width", 2}, {"height", 3}},
                       {{"type", "circle"}, {"radius", 0}}};
  CHECK(call(POST, "/api/areas", shapes).json() == Json{6, 0});
}

TEST_CASE("what is no shape is refused by its tag, and a shape by its member") {
  const Json errors =
      call(POST, "/api/areas", Json{{{"type", "square"}}, {{"type", "circle"}, {"radius", -1}}})
          .json()["errors"];
  CHECK(errors[0]["pointer"] == "/0/type");
  CHECK(errors[1]["pointer"] == "/1/radius");
}
