#include "_notes/store.hpp"

#include <sqlite3.h>

#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

#include "_notes/filter.hpp"
#include "_notes/statement.hpp"

namespace {

const std::string columns = "id, title, text, due, changed";

Note read_note(const Statement& row) {
  return {.id = row.integer(0),
          .title = row.text(1),
          .text = row.text(2),
          .due = row.is_null(3) ? std::nullopt : stile::read_date(row.text(3)),
          .changed = stile::read_time(row.text(4)).value()};
}

std::optional<std::string> text_of(const std::optional<stile::Date>& date) {
  if (!date) return std::nullopt;
  return stile::print_date(*date);
}

std::optional<Note> read_one(Statement& statement) {
  if (!statement.step()) return std::nullopt;
  Note note = read_note(statement);
  while (statement.step()) {  // to its end: only then is what it writes committed
  }
  return note;
}

// What each version of the table is made of; a file says in user_version which one it has. They are only ever added to.
constexpr std::string_view versions[] = {
    "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,"
    " text TEXT NOT NULL, changed TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')))",
    "ALTER TABLE notes ADD COLUMN due TEXT",
};

void run(sqlite3* database, std::string_view sql) {
  Statement statement(database, sql);
  while (statement.step()) {
  }
}

// Two that switch to it at once refuse each other, however long a busy one may be waited for.
void use_write_ahead_log(sqlite3* database) {
  for (int tries = 1;; ++tries) {
    try {
      return run(database, "PRAGMA journal_mode = WAL");
    } catch (const std::runtime_error&) {
      if (sqlite3_errcode(database) != SQLITE_BUSY || tries == 100) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

std::size_t version_of(sqlite3* database) {
  Statement version(database, "PRAGMA user_version");
  return version.step() ? static_cast<std::size_t>(version.integer(0)) : 0;
}

// One process does it, and the others wait: it is looked at again once that is decided. What breaks off is undone when the
// connection closes.
void bring_up_to_date(sqlite3* database) {
  run(database, "BEGIN IMMEDIATE");
  for (auto version = version_of(database); version < std::size(versions); ++version) {
    run(database, versions[version]);
    run(database, "PRAGMA user_version = " + std::to_string(version + 1));
  }
  run(database, "COMMIT");
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
  use_write_ahead_log(database);
  run(database, "PRAGMA synchronous = NORMAL");
  if (version_of(database) < std::size(versions)) bring_up_to_date(database);
}

stile::Page<Note> NoteStore::list(const NoteQuery& query) {
  const Filter filter(query);
  stile::Page<Note> page;
  Statement count(database_.get(), "SELECT count(*) FROM notes WHERE " + filter.matching);
  filter.bind_matching(count);
  if (count.step()) page.total = static_cast<std::uint64_t>(count.integer(0));

  Statement select(database_.get(), "SELECT " + columns + " FROM notes WHERE " + filter.matching + " AND " +
                                        filter.after + " ORDER BY " + filter.order + " LIMIT ?");
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
  Statement select(database_.get(), "SELECT " + columns + " FROM notes WHERE id = ?");
  return read_one(select.bind(id));
}

Note NoteStore::create(const NoteText& note) {
  Statement insert(database_.get(),
                   "INSERT INTO notes (title, text, due) VALUES (?, ?, ?) RETURNING " + columns);
  return read_one(insert.bind(note.title).bind(note.text).bind_optional(text_of(note.due))).value();
}

std::optional<Note> NoteStore::replace(std::int64_t id, const NoteText& note) {
  return change(id, {.title = note.title,
                     .text = note.text,
                     .due = note.due ? stile::Change<stile::Date>(*note.due) : nullptr});
}

std::optional<Note> NoteStore::change(std::int64_t id, const NoteChange& change) {
  Statement update(database_.get(),
                   "UPDATE notes SET title = coalesce(?, title), text = coalesce(?, text),"
                   " due = CASE WHEN ? THEN due ELSE ? END,"
                   " changed = strftime('%Y-%m-%dT%H:%M:%SZ') WHERE id = ? RETURNING " +
                       columns);
  update.bind_optional(change.title).bind_optional(change.text);
  update.bind(std::int64_t{change.due.is_absent()}).bind_optional(text_of(change.due.applied_to({})));
  return read_one(update.bind(id));
}

bool NoteStore::remove(std::int64_t id) {
  Statement remove(database_.get(), "DELETE FROM notes WHERE id = ? RETURNING " + columns);
  return read_one(remove.bind(id)).has_value();
}
