#include <algorithm>

#include <stile/function.hpp>

using namespace stile;

// GET /api/hello/Ada?shout=true
Json GET(Path<"name"> name, Query<"shout", bool, false> shout) {
  std::string greeting = "Hello, " + *name + "!";
  // ASCII alone: what is upper case for other letters depends on a language, which nobody has said.
  const auto raise = [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); };
  if (*shout) std::transform(greeting.begin(), greeting.end(), greeting.begin(), raise);
  return {{"message", greeting}};
}
