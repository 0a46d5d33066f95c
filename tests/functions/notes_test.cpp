#include <sqlite3.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include <stile/testing.hpp>

#include "_notes/store.hpp"

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

TEST_CASE("notes are listed newest first, page by page, each page with the link to the next") {
  const stile::testing::TemporaryState state;
  for (const char* title : {"a", "b", "c"}) call("POST", "/api/notes", Json{{"title", title}});

  const auto first = call("GET", "/api/notes?limit=2");
  const Json page = first.json();
  REQUIRE(page["items"].size() == 2);
  CHECK(page["total"] == 3);
  CHECK(page["items"][0]["title"] == "c");
  CHECK(page["items"][1]["title"] == "b");
  const auto next = page["next"].get<std::string>();
  CHECK(first.header("Link") == "<" + next + ">; rel=\"next\"");
  const auto second = call("GET", next);
  REQUIRE(second.json()["items"].size() == 1);
  CHECK(second.json()["items"][0]["title"] == "a");
  CHECK(second.json()["next"] == nullptr);
  CHECK(second.header("Link") == "</api/notes?limit=2>; rel=\"first\"");
}

TEST_CASE("notes are sorted by several fields, and filtered, and each comes once whatever the order") {
  const stile::testing::TemporaryState state;
  for (const char* title : {"tea", "milk", "tea", "oat milk", "tea"})
    call("POST", "/api/notes", Json{{"title", title}});
  const auto ids = [](std::string url) {
    std::vector<int> all;
    while (true) {
      const Json page = call("GET", url).json();
      for (const auto& note : page.at("items")) all.push_back(note["id"]);
      if (page["next"].is_null()) return all;
      url = page["next"];
    }
  };
  CHECK(ids("/api/notes?limit=1&sort=title,-id") == std::vector{2, 4, 5, 3, 1});
  CHECK(ids("/api/notes?limit=2&sort=-title") == std::vector{1, 3, 5, 4, 2});
  CHECK(ids("/api/notes?limit=1&title=milk&sort=id") == std::vector{2, 4});
  CHECK(ids("/api/notes?changed_after=2999-01-01T00:00:00Z").empty());
}

TEST_CASE("a cursor is refused that was made up, or for another list") {
  const stile::testing::TemporaryState state;
  for (const char* title : {"a", "b", "c"}) call("POST", "/api/notes", Json{{"title", title}});
  const auto next = call("GET", "/api/notes?limit=1").json()["next"].get<std::string>();
  CHECK(call("GET", next).status() == 200);
  for (const auto& url : {next + "&sort=title", next + "A", std::string("/api/notes?cursor=x")}) {
    const auto answer = call("GET", url);
    CHECK(answer.status() == 422);
    CHECK(answer.json()["errors"][0]["name"] == "cursor");
  }
  const std::string title("a\0x=b", 5);
  for (int i = 0; i < 2; ++i) call("POST", "/api/notes", Json{{"title", title}});
  const auto other = call("GET", "/api/notes?limit=1&title=a%00x%3Db").json()["next"].get<std::string>();
  CHECK(call("GET", other).status() == 200);
  CHECK(call("GET", "/api/notes?limit=1&title=a&x=b&" + other.substr(other.find("cursor="))).status() == 422);
  CHECK(call("GET", "/api/notes?sort=text").json()["errors"][0]["name"] == "sort");
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
  CHECK(call("GET", "/api/notes").json()["items"].empty());
}

TEST_CASE("a limit out of bounds is refused") {
  const stile::testing::TemporaryState state;
  for (const char* limit : {"0", "501", "-1", "2147483648", "1e1", "+1", "1 ", ""}) {
    CAPTURE(limit);
    CHECK(call("GET", "/api/notes?limit=" + std::string(limit)).status() == 422);
  }
}

TEST_CASE("notes of a file from before notes had dates are all there") {
  const stile::testing::TemporaryState state;
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((state.path() / "notes.sqlite").c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database,
                       "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,"
                       " text TEXT NOT NULL, changed TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')));"
                       "INSERT INTO notes VALUES (7, 'milk', 'two', '2026-11-22T19:00:00Z')",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);

  CHECK(call("GET", "/api/notes/7").json() == Json{{"id", 7},
                                                   {"title", "milk"},
                                                   {"text", "two"},
                                                   {"due", nullptr},
                                                   {"changed", "2026-11-22T19:00:00Z"}});
  CHECK(call("PATCH", "/api/notes/7", Json{{"due", "2026-12-24"}}).json()["due"] == "2026-12-24");
  CHECK(call("POST", "/api/notes", Json{{"title", "tea"}}).json()["id"] == 8);
}

TEST_CASE("many that open the notes for the first time at once all get them") {
  for (int round = 0; round < 100; ++round) {
    const stile::testing::TemporaryState state;
    std::atomic<int> opened = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        try {
          opened += NoteStore().find(1) ? 0 : 1;
        } catch (const std::runtime_error&) {
        }
      });
    }
    for (auto& thread : threads) thread.join();
    REQUIRE(opened == 8);
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
