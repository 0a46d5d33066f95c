#include <algorithm>

#include <stile/function.hpp>

using namespace stile;

struct Greeting {
  std::string message;
};
STILE_DESCRIBE(Greeting, (message, example("Hello, Ada!")))

// Greets by name.
// GET /api/hello/Ada?shout=true
Greeting GET(Path<"name"> name, Query<"shout", bool, false, about("In upper case.")> shout) {
  std::string message = "Hello, " + *name + "!";
  // ASCII alone: what is upper case for other letters depends on a language, which nobody has said.
  const auto raise = [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); };
  if (*shout) std::transform(message.begin(), message.end(), message.begin(), raise);
  return {message};
}
