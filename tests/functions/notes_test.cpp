#include <catch2/catch.hpp>

#include <stile/testing.hpp>

using stile::Json;
using stile::testing::call;

TEST_CASE("a new note gets an id, a place and the time") {
  const stile::testing::TemporaryState state;
  const auto answer = call("POST", "/api/notes", Json{{"title", "milk"}, {"text", "two bottles"}});
  CHECK(answer.status() == 201);
  CHECK(answer.header("Location") == "/api/notes/1");
  const Json note = answer.json();
  CHECK(note["id"] == 1);
  CHECK(note["title"] == "milk");
  CHECK(note["text"] == "two bottles");
  CHECK(note["changed"].get<std::string>().size() == std::string("2026-11-22T19:00:00Z").size());
}

TEST_CASE("notes are listed newest first, page by page") {
  const stile::testing::TemporaryState state;
  for (const char* title : {"a", "b", "c"}) call("POST", "/api/notes", Json{{"title", title}});

  const Json first = call("GET", "/api/notes?limit=2").json();
  REQUIRE(first.size() == 2);
  CHECK(first[0]["title"] == "c");
  CHECK(first[1]["title"] == "b");
  const Json second = call("GET", "/api/notes?limit=2&before=" + first[1]["id"].dump()).json();
  REQUIRE(second.size() == 1);
  CHECK(second[0]["title"] == "a");
}

TEST_CASE("an empty store lists nothing") {
  const stile::testing::TemporaryState state;
  CHECK(call("GET", "/api/notes").body() == "[]");
}

TEST_CASE("all that is wrong with a note is told at once, and nothing is kept") {
  const stile::testing::TemporaryState state;
  const auto missing = call("POST", "/api/notes", Json{{"text", "x"}});
  CHECK(missing.status() == 422);
  CHECK(missing.json()["detail"] == R"(the body at "/title" is missing)");
  const auto wrong = call("POST", "/api/notes", Json{{"title", ""}, {"text", 7}});
  CHECK(wrong.status() == 422);
  CHECK(wrong.json()["errors"] == Json{{{"in", "body"},
                                        {"pointer", "/title"},
                                        {"expected", "a string of 1 to 200 characters"},
                                        {"came", "\"\""}},
                                       {{"in", "body"},
                                        {"pointer", "/text"},
                                        {"expected", "a string of at most 60000 characters"},
                                        {"came", "7"}}});
  CHECK(call("POST", "/api/notes", Json::array()).status() == 422);
  CHECK(call("GET", "/api/notes").body() == "[]");
}

TEST_CASE("a limit out of bounds is refused") {
  const stile::testing::TemporaryState state;
  for (const char* limit : {"0", "501", "-1", "2147483648", "1e1", "+1", "1 ", ""}) {
    CAPTURE(limit);
    CHECK(call("GET", "/api/notes?limit=" + std::string(limit)).status() == 422);
  }
}

TEST_CASE("where the state directory is gone, notes answer 503 and recover when it is back") {
  const stile::testing::TemporaryState state;
  const auto moved = std::filesystem::path(state.path()) += ".away";
  std::filesystem::rename(state.path(), moved);
  const auto answer = call("GET", "/api/notes");
  CHECK(answer.status() == 503);
  CHECK(answer.log().size() == 1);
  std::filesystem::rename(moved, state.path());
  CHECK(call("GET", "/api/notes").status() == 200);
}
