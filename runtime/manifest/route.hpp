// A route: the pattern that stands for the path of a function's file ("/todos/{id}", "/files/{path...}"), how
// paths match it, and which of two matching ones wins. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct Segment {
  enum class Kind { literal, parameter, rest };  ///< in the order in which they win
  Kind kind = Kind::literal;
  std::string text;  ///< the literal, or the parameter's name
  friend bool operator==(const Segment&, const Segment&) = default;
};

/// A path parameter's value, percent-decoded once.
struct PathValue {
  std::string_view name;  ///< borrowed from the Route
  std::string value;
};

class Route {
 public:
  /// Parses "/todos/{id}/files/{path...}"; "/" is the root. Literals are of [A-Za-z0-9._~-] and neither "."
  /// nor ".."; names are C identifiers and differ from each other; {name...} stands last. Throws
  /// std::invalid_argument with a sentence that says what is wrong.
  static Route parse(std::string_view pattern);

  /// The route of a function file relative to functions/: "todos/{id}.cpp" -> "/todos/{id}", "index.cpp" ->
  /// "/", "todos/index.cpp" -> "/todos". Throws std::invalid_argument.
  static Route of_file(std::string_view file);

  /// This route below a prefix ("/api"; empty or "/" adds nothing). "/" below "/api" is "/api".
  Route below(std::string_view prefix) const;

  const std::vector<Segment>& segments() const { return segments_; }
  /// The pattern as parse() takes it.
  std::string pattern() const;
  /// The pattern with every parameter's name replaced by a fixed one: equal for two routes that match the
  /// same paths.
  std::string shape() const;

  /// Matches a raw path (as it came, before any decoding, without query). Each segment is percent-decoded
  /// once. No match where: a literal differs; a parameter is empty, "." or "..", or holds NUL or, after
  /// decoding, "/" (in a {rest...} each of its segments is held to that, but an empty rest is a match:
  /// "/files/"); an escape is broken.
  std::optional<std::vector<PathValue>> match(std::string_view raw_path) const;

  /// Order in which routes are tried: at the first segment that differs in kind, literal before parameter
  /// before rest. For sorting: a strict weak order (equal kinds are ordered by their text).
  friend bool wins_over(const Route& a, const Route& b);

 private:
  std::vector<Segment> segments_;
};

bool wins_over(const Route& a, const Route& b);

}  // namespace stile
