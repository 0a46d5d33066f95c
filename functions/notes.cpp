#include "_notes/store.hpp"

#include <stile/function.hpp>

using namespace stile;

// The notes, page by page. The newest first, unless `sort` says otherwise.
Page<Note> GET(QueryOf<NoteQuery> query, Local<NoteStore> notes) { return notes->list(*query); }

// Keeps a note.
Created<Note> POST(const Request& request, Body<NoteText> note, Local<NoteStore> notes) {
  const Note made = notes->create(*note);
  return {std::string(request.path()) + "/" + std::to_string(made.id), made};
}

const Settings settings{.timeout = 10s, .max_body = 65'536};
