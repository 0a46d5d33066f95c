// A note as clients see it and send it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <stile/function.hpp>

/// What a client may write.
struct NoteText {
  std::string title;
  std::string text;
};

/// What a client may change; what it leaves out stays.
struct NoteChange {
  std::optional<std::string> title;
  std::optional<std::string> text;
};

struct Note {
  std::int64_t id = 0;
  std::string title;
  std::string text;
  std::string changed;  ///< UTC, "2026-11-22T19:00:00Z"
};

inline void to_json(stile::Json& json, const Note& note) {
  json = {{"id", note.id}, {"title", note.title}, {"text", note.text}, {"changed", note.changed}};
}

namespace stile {

template <>
struct FromJson<NoteText> {
  static NoteText read(const Json& value, const JsonPlace& place) {
    return {.title = read_member<std::string>(value, "title", place),
            .text = read_member<std::optional<std::string>>(value, "text", place).value_or("")};
  }
};

template <>
struct FromJson<NoteChange> {
  static NoteChange read(const Json& value, const JsonPlace& place) {
    return {.title = read_member<std::optional<std::string>>(value, "title", place),
            .text = read_member<std::optional<std::string>>(value, "text", place)};
  }
};

}  // namespace stile
