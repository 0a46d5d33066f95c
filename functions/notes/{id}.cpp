#include "_notes/store.hpp"

#include <stile/function.hpp>

using namespace stile;

// One note.
std::optional<Note> GET(Path<"id", std::int64_t> id, Local<NoteStore> notes) { return notes->find(*id); }

// Replaces all of a note.
std::optional<Note> PUT(Path<"id", std::int64_t> id, Body<NoteText> note, Local<NoteStore> notes) {
  return notes->replace(*id, *note);
}

// Changes what is sent, and leaves the rest.
std::optional<Note> PATCH(Path<"id", std::int64_t> id, Body<NoteChange> change, Local<NoteStore> notes) {
  return notes->change(*id, *change);
}

// Removes it for good.
Throws<void, 404> DELETE(Path<"id", std::int64_t> id, Local<NoteStore> notes) {
  if (!notes->remove(*id)) throw Problem{404};
  return {};
}

const Settings settings{.timeout = 10s, .max_body = 65'536};
