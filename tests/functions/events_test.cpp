#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using namespace stile::testing;
using stile::Json;

namespace {
Json event_at(const std::string& time) {
  return {{"id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
          {"happened", time},
          {"kind", "order.paid"},
          {"data", {{"order", 7}}},
          {"attachments", {{{"name", "a"}, {"content", "aGVsbG8="}}, {{"name", "b"}, {"content", ""}}}}};
}
}  // namespace

TEST_CASE("an event is received with all that is attached") {
  CHECK(
      call(POST, "/api/events", event_at("2026-05-01T12:00:00+02:00")).json() ==
      Json{{"id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}, {"late", true}, {"sizes", {{"a", 5}, {"b", 0}}}});
  CHECK(call(POST, "/api/events", event_at("2999-01-01T00:00:00Z")).json()["late"] == false);
}

TEST_CASE("what is no time, no id and no base64 is named") {
  Json wrong = event_at("2026-05-01 12:00");
  wrong["id"] = "7";
  wrong["attachments"][1]["content"] = "aGVsbG8";
  const Json errors = call(POST, "/api/events", wrong).json()["errors"];
  REQUIRE(errors.size() == 3);
  CHECK(errors[0]["pointer"] == "/id");
  CHECK(errors[1]["pointer"] == "/happened");
  CHECK(errors[2]["pointer"] == "/attachments/1/content");
}
