// A note as clients see it and send it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <stile/function.hpp>

struct Note {
  std::int64_t id = 0;
  std::string title;
  std::string text;
  std::optional<stile::Date> due;
  stile::Time changed;
};
STILE_DESCRIBE(Note, (id, example("7")), (title, example("milk")), text, due, changed)

/// What a client may write.
struct NoteText {
  std::string title;
  std::string text;
  std::optional<stile::Date> due;
};
STILE_DESCRIBE(NoteText, (title, length(1, 200), example("milk")), (text, max_length(60'000), defaulted), due)

/// What a client may change; what it leaves out stays, and null takes the date away.
struct NoteChange {
  std::optional<std::string> title;
  std::optional<std::string> text;
  stile::Change<stile::Date> due;
};
STILE_DESCRIBE(NoteChange, (title, length(1, 200), not_null), (text, max_length(60'000), not_null), due)

/// By what notes are sorted.
enum class NoteField { id, title, changed };
BOOST_DESCRIBE_ENUM(NoteField, id, title, changed)

/// Which notes, in which order.
struct NoteQuery : stile::CursorPaging {
  stile::Sort<NoteField> sort{{{NoteField::id, true}}};
  std::optional<std::string> title;
  std::optional<std::chrono::sys_seconds> changed_after;
};
STILE_DESCRIBE(NoteQuery, (public, stile::CursorPaging), (sort, defaulted),
               (title, length(1, 200), about("A part of the title.")), changed_after)
