#include "_notes/store.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <string>

#include "_notes/filter.hpp"
#include "_notes/statement.hpp"

namespace {

Note read_note(const Statement& row) {
  return {.id = row.integer(0),
          .title = row.text(1),
          .text = row.text(2),
          .changed = stile::read_time(row.text(3)).value()};
}

std::optional<Note> read_one(Statement& statement) {
  if (!statement.step()) return std::nullopt;
  Note note = read_note(statement);
  while (statement.step()) {  // to its end: only then is what it writes committed
  }
  return note;
}

}  // namespace

void NoteStore::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }

NoteStore::NoteStore() {
  const std::string file = stile::state_dir() / "notes.sqlite";
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(
      file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) throw std::runtime_error("notes: " + file + ": " + sqlite3_errstr(result));
  sqlite3_busy_timeout(database, 5000);
  // WAL: who reads does not wait for who writes. NORMAL is safe with it: a power cut may undo the last
  // commits, but spoils nothing.
  for (const char* sql :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
        "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,"
        " text TEXT NOT NULL, changed TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')))"}) {
    Statement statement(database, sql);
    while (statement.step()) {
    }
  }
}

stile::Page<Note> NoteStore::list(const NoteQuery& query) {
  const Filter filter(query);
  stile::Page<Note> page;
  Statement count(database_.get(), "SELECT count(*) FROM notes WHERE " + filter.matching);
  filter.bind_matching(count);
  if (count.step()) page.total = static_cast<std::uint64_t>(count.integer(0));

  Statement select(database_.get(), "SELECT id, title, text, changed FROM notes WHERE " + filter.matching +
                                        " AND " + filter.after + " ORDER BY " + filter.order + " LIMIT ?");
  filter.bind_matching(select);
  filter.bind_after(select);
  select.bind(std::int64_t{query.limit} + 1);  // one more tells whether there is a next page
  while (select.step()) page.items.push_back(read_note(select));
  if (page.items.size() > query.limit) {
    page.items.pop_back();
    page.next = Filter::position_of(page.items.back());
  }
  return page;
}

std::optional<Note> NoteStore::find(std::int64_t id) {
  Statement select(database_.get(), "SELECT id, title, text, changed FROM notes WHERE id = ?");
  return read_one(select.bind(id));
}

Note NoteStore::create(const NoteText& note) {
  Statement insert(database_.get(),
                   "INSERT INTO notes (title, text) VALUES (?, ?) RETURNING id, title, text, changed");
  return read_one(insert.bind(note.title).bind(note.text)).value();
}

std::optional<Note> NoteStore::change(std::int64_t id, const NoteChange& change) {
  Statement update(
      database_.get(),
      "UPDATE notes SET title = coalesce(?, title), text = coalesce(?, text),"
      " changed = strftime('%Y-%m-%dT%H:%M:%SZ') WHERE id = ? RETURNING id, title, text, changed");
  return read_one(update.bind_optional(change.title).bind_optional(change.text).bind(id));
}

bool NoteStore::remove(std::int64_t id) {
  Statement remove(database_.get(), "DELETE FROM notes WHERE id = ? RETURNING id, title, text, changed");
  return read_one(remove.bind(id)).has_value();
}
