#include <stile/function.hpp>

using namespace stile;

// Gives its parameters back.
Json GET(Path<"number", std::int64_t, at_least(1)> number, Query<"factor", double, range(0.5, 2.5)> factor,
         Query<"digits", std::uint8_t, 2, at_most(9)> digits, Query<"exact", bool, false> exact,
         Query<"times", std::vector<Time>> times, Query<"text", std::string, "x", length(1, 5)> text) {
  return {{"number", *number}, {"factor", *factor},      {"digits", *digits},
          {"exact", *exact},   {"times", times->size()}, {"text", *text}};
}
