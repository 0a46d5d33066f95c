// The notes, in SQLite. One NoteStore is one connection, for one thread at a time; any number of threads and
// of processes may have one each on the same file. Each call may block for as long as another one writes, at
// most 5 s. Throws std::runtime_error with SQLite's words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "_notes/note.hpp"

struct sqlite3;

class NoteStore {
 public:
  /// notes.sqlite in the state directory; made where it isn't there.
  NoteStore();

  /// A page of the notes that are asked for, and where the next one begins.
  stile::Page<Note> list(const NoteQuery& query);
  std::optional<Note> find(std::int64_t id);
  Note create(const NoteText& note);
  /// Another text in its place, or some of it. The note as it is now; nothing where there is none.
  std::optional<Note> replace(std::int64_t id, const NoteText& note);
  std::optional<Note> change(std::int64_t id, const NoteChange& change);
  /// Whether there was one.
  bool remove(std::int64_t id);

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> database_;
};
