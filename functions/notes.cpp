#include <limits>

#include "_notes/store.hpp"

#include <stile/function.hpp>

using namespace stile;

constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();

// The newest first; `before` is the id at which the page before has ended.
std::vector<Note> GET(Query<"before", std::int64_t, newest> before,
                      Query<"limit", int, 50, range(1, 500)> limit, Local<NoteStore> notes) {
  return notes->list(*before, *limit);
}

// Keeps a note.
Created<Note> POST(const Request& request, Body<NoteText> note, Local<NoteStore> notes) {
  const Note made = notes->create(*note);
  return {std::string(request.path()) + "/" + std::to_string(made.id), made};
}

const Settings settings{.timeout = 10s, .max_body = 65'536};
