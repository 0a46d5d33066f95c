#include "_notes/store.hpp"

#include <stile/function.hpp>

using namespace stile;

std::optional<Note> GET(Path<"id", std::int64_t> id, Local<NoteStore> notes) { return notes->find(*id); }

std::optional<Note> PUT(Path<"id", std::int64_t> id, Body<NoteText> note, Local<NoteStore> notes) {
  return notes->change(*id, {.title = note->title, .text = note->text});
}

std::optional<Note> PATCH(Path<"id", std::int64_t> id, Body<NoteChange> change, Local<NoteStore> notes) {
  return notes->change(*id, *change);
}

void DELETE(Path<"id", std::int64_t> id, Local<NoteStore> notes) {
  if (!notes->remove(*id)) throw Problem{404};
}

const Settings settings{.timeout = 10s, .max_body = 65'536};
