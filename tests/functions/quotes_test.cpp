#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using namespace stile::testing;
using stile::Json;

namespace {
const Json wanted = {
    {"address", {{"street", "Main St 1"}, {"town", "Bremen"}, {"country", "DE"}}},
    {"lines",
     {{{"article", "ABC-1234"}, {"count", 3}, {"price", 1.25}}, {{"article", "DEF-5678"}, {"price", 2}}}},
    {"from", "2026-05-01"}};
}  // namespace

TEST_CASE("a quote is what was asked for, with its sum and an id") {
  const Json quote = call(POST, "/api/quotes", wanted).json();
  CHECK(quote["total"] == 5.75);
  CHECK(quote["lines"][1]["count"] == 1);
  CHECK(quote["currency"] == "EUR");
  CHECK(quote["to"] == nullptr);
  CHECK(quote["id"] != call(POST, "/api/quotes", wanted).json()["id"]);
}

TEST_CASE("what is wrong with a quote is named to its depth") {
  Json wrong = wanted;
  wrong["address"]["country"] = "de";
  wrong["address"]["zip"] = "28195";
  wrong["lines"][1]["count"] = 0;
  wrong["to"] = "2026-02-30";
  const auto answer = call(POST, "/api/quotes", wrong);
  REQUIRE(answer.status() == 422);
  std::vector<std::string> pointers;
  const Json problem = answer.json();
  for (const auto& error : problem["errors"]) pointers.push_back(error["pointer"]);
  CHECK(pointers == std::vector<std::string>{"/address/country", "/address/zip", "/lines/1/count", "/to"});
}

TEST_CASE("a period that ends before it begins is no quote's") {
  Json wrong = wanted;
  wrong["to"] = "2026-04-30";
  CHECK(call(POST, "/api/quotes", wrong).json()["errors"][0]["expected"] == "a date that is not before from");
}
