// The sample notes, 100,000 of them: paged, sorted and filtered by their links, through nginx.
#include <sqlite3.h>

#include <algorithm>

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/http_client.hpp"
#include "support/served_project.hpp"

using namespace stile::test;
using Json = nlohmann::json;

namespace {

constexpr int count = 100'000;

// Titles repeat, so that their order alone says nothing; one in a thousand is a rare one.
void fill(const std::string& file) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(raw, &sqlite3_close);
  const std::string sql =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(count) +
      ") INSERT INTO notes (title, text, changed) SELECT CASE WHEN i % 1000 = 0 THEN 'rare ' ELSE 'note ' END"
      " || (i * 7919 % 997), 'text', strftime('%Y-%m-%dT%H:%M:%SZ', 1700000000 + i * 60, 'unixepoch') FROM n";
  REQUIRE(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
}

struct Walk {
  std::vector<Json> notes;
  std::uint64_t total = 0;
  int pages = 0;
};

Walk walk(const ServedProject& project, const std::string& path) {
  HttpClient client;
  Walk walk;
  for (std::string next = path; !next.empty(); ++walk.pages) {
    const auto answer = client.get(project.url(next));
    INFO(next << " " << answer.body);
    REQUIRE(answer.status == 200);
    const auto page = Json::parse(answer.body);
    walk.total = page.at("total");
    for (const auto& note : page.at("items")) walk.notes.push_back(note);
    next = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
  }
  return walk;
}

bool is_sorted_by(const std::vector<Json>& notes, const char* first, const char* then) {
  return std::is_sorted(notes.begin(), notes.end(), [&](const Json& a, const Json& b) {
    return a.at(first) != b.at(first) ? a.at(first) < b.at(first) : a.at(then) > b.at(then);
  });
}

}  // namespace

TEST_CASE("100,000 notes are paged, sorted and filtered by their links, each once") {
  const ServedProject project;
  HttpClient client;
  REQUIRE(client.get(project.url("/api/notes")).status == 200);  // makes the file
  fill(project.state_directory() + "/notes.sqlite");

  const auto all = walk(project, "/api/notes?limit=500&sort=title,-id");
  CHECK(all.total == count);
  CHECK(all.pages == count / 500);
  CHECK(is_sorted_by(all.notes, "title", "id"));
  std::set<int> ids;
  for (const auto& note : all.notes) ids.insert(note.at("id").get<int>());
  CHECK(ids.size() == count);

  const auto rare = walk(project, "/api/notes?limit=7&title=rare&sort=-changed");
  CHECK(rare.total == count / 1000);
  CHECK(rare.notes.size() == count / 1000);
  CHECK(rare.notes.front().at("id") == count);

  const auto late = walk(project, "/api/notes?limit=500&changed_after=2024-01-20T00:00:00%2B01:00");
  CHECK(late.notes.size() == late.total);
  CHECK(late.total > 1);
  CHECK(late.total < count);
  CHECK(late.notes.back().at("changed") > "2024-01-19T23:00:00Z");
}
