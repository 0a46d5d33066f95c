#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using stile::Json;
using stile::testing::call;

TEST_CASE("a note made through one file is read through the other") {
  const stile::testing::TemporaryState state;
  const Json made = call("POST", "/api/notes", Json{{"title", "milk"}}).json();
  const auto answer = call("GET", "/api/notes/1");
  CHECK(answer.status() == 200);
  CHECK(answer.json() == made);
}

TEST_CASE("PATCH changes what it names, PUT the whole note") {
  const stile::testing::TemporaryState state;
  call("POST", "/api/notes", Json{{"title", "milk"}, {"text", "two"}});

  const Json patched = call("PATCH", "/api/notes/1", Json{{"title", "cream"}}).json();
  CHECK(patched["title"] == "cream");
  CHECK(patched["text"] == "two");
  const Json put = call("PUT", "/api/notes/1", Json{{"title", "tea"}}).json();
  CHECK(put["title"] == "tea");
  CHECK(put["text"] == "");
  CHECK(call("PUT", "/api/notes/1", Json{{"text", "no title"}}).status() == 422);
  CHECK(call("GET", "/api/notes/1").json() == put);
}

TEST_CASE("PATCH sets a date, leaves it, and takes it away") {
  const stile::testing::TemporaryState state;
  CHECK(call("POST", "/api/notes", Json{{"title", "milk"}, {"due", "2026-12-24"}}).json()["due"] ==
        "2026-12-24");
  const auto due_after = [](const Json& change) {
    const Json note = call("PATCH", "/api/notes/1", change).json();
    CHECK(call("GET", "/api/notes/1").json() == note);
    return note["due"];
  };
  CHECK(due_after({{"title", "cream"}}) == "2026-12-24");
  CHECK(due_after({{"due", "2026-12-31"}}) == "2026-12-31");
  CHECK(due_after({{"due", nullptr}}).is_null());
  CHECK(due_after({{"due", "2026-12-31"}}) == "2026-12-31");
  CHECK(call("PUT", "/api/notes/1", Json{{"title", "tea"}}).json()["due"].is_null());
}

TEST_CASE("a deleted note is gone, and its id is not used again") {
  const stile::testing::TemporaryState state;
  call("POST", "/api/notes", Json{{"title", "milk"}});
  const auto answer = call("DELETE", "/api/notes/1");
  CHECK(answer.status() == 204);
  CHECK(answer.body().empty());
  CHECK(call("GET", "/api/notes/1").status() == 404);
  CHECK(call("DELETE", "/api/notes/1").status() == 404);
  CHECK(call("POST", "/api/notes", Json{{"title", "tea"}}).json()["id"] == 2);
}

TEST_CASE("a note that is not there is 404 for every method") {
  const stile::testing::TemporaryState state;
  CHECK(call("GET", "/api/notes/7").status() == 404);
  CHECK(call("PUT", "/api/notes/7", Json{{"title", "x"}}).status() == 404);
  CHECK(call("PATCH", "/api/notes/7", Json{{"title", "x"}}).status() == 404);
  CHECK(call("DELETE", "/api/notes/7").status() == 404);
}

TEST_CASE("an id that is no number, or does not fit, is refused with its bounds") {
  const stile::testing::TemporaryState state;
  const auto answer = call("GET", "/api/notes/seven");
  CHECK(answer.status() == 422);
  CHECK(
      answer.json()["detail"] ==
      R"(path parameter "id" is "seven"; expected an integer from -9223372036854775808 to 9223372036854775807)");
  CHECK(call("GET", "/api/notes/9223372036854775808").status() == 422);
}

TEST_CASE("text of any language and length survives the store") {
  const stile::testing::TemporaryState state;
  const Json note = {{"title", "naïve 日本 \U0001F43F"},
                     {"text", std::string("a\0b", 3) + std::string(9'000, 'x')}};
  call("POST", "/api/notes", note);
  const Json read = call("GET", "/api/notes/1").json();
  CHECK(read["title"] == note["title"]);
  CHECK(read["text"] == note["text"]);
}
