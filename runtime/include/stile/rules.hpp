// What may be said of a value beside its type: `range(1, 100)`, `length(1, 30)`, `pattern("[a-z]+")`, `secret`. Each is
// checked where a request is read, and stands in the JSON Schema of it. Values for compile time; docs/types.md has the table.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stile/literal.hpp>

namespace stile {

namespace detail {

/// Whether all of `text` matches the RE2 expression; compiled once for each expression and kept. Any thread.
bool matches_pattern(std::string_view expression, std::string_view text);
/// Empty where it is an expression that RE2 takes and JSON Schema's dialect reads alike; else what is wrong.
std::string_view pattern_mistake(std::string_view expression);

/// What only pattern() refers to, so that RE2 is linked where it is used alone.
struct PatternEngine {
  bool (*matches)(std::string_view expression, std::string_view text);
  std::string_view (*mistake)(std::string_view expression);
};
inline constexpr PatternEngine pattern_engine{&matches_pattern, &pattern_mistake};

}  // namespace detail

/// One of them. All members are public, because only such a class can be a template argument.
struct Rule {
  enum class Kind : std::uint8_t {
    none,
    range,
    multiple_of,
    length,
    items,
    unique_items,
    pattern,
    name,
    about,
    example,
    deprecated,
    secret,
    defaulted,
    not_null
  };
  static constexpr std::size_t longest_text = 127;

  Kind kind = Kind::none;
  std::uint8_t depth = 0;  ///< 1: of each element, 2: of each of theirs
  detail::Number low{};
  detail::Number high{};
  char text[longest_text + 1]{};
  const detail::PatternEngine* engine = nullptr;

  constexpr std::string_view view() const { return text; }
};

namespace detail {
template <std::size_t N>
constexpr Rule text_rule(Rule::Kind kind, const char (&text)[N]) {
  static_assert(N <= Rule::longest_text + 1, "a text of a rule has at most 127 bytes");
  Rule rule{.kind = kind};
  std::copy_n(text, N, rule.text);
  return rule;
}
constexpr Rule count_rule(Rule::Kind kind, std::uint64_t least, std::uint64_t most) {
  return {.kind = kind, .low = least, .high = most};
}
inline constexpr std::uint64_t no_limit = ~std::uint64_t{0};
template <class... R>
constexpr auto list_rules(R... rules) {
  constexpr bool are_rules = (std::derived_from<R, Rule> && ...);
  static_assert(are_rules,
                "a member takes rules such as range(1, 9); closed, tag() and where() are said of the whole "
                "struct: (struct, closed)");
  if constexpr (are_rules) {
    return std::array<Rule, sizeof...(R)>{rules...};
  } else {
    return std::array<Rule, 0>{};
  }
}
}  // namespace detail

/// A number from `least` to `most`, both included.
constexpr Rule range(detail::Number least, detail::Number most) {
  return {.kind = Rule::Kind::range, .low = least, .high = most};
}
constexpr Rule at_least(detail::Number least) { return {.kind = Rule::Kind::range, .low = least}; }
constexpr Rule at_most(detail::Number most) { return {.kind = Rule::Kind::range, .high = most}; }
/// An integer that `step`, which is above 0, divides.
constexpr Rule multiple_of(std::uint64_t step) { return {.kind = Rule::Kind::multiple_of, .low = step}; }
/// Of a string, in Unicode code points.
constexpr Rule length(std::uint64_t least, std::uint64_t most) {
  return detail::count_rule(Rule::Kind::length, least, most);
}
constexpr Rule max_length(std::uint64_t most) { return length(0, most); }
/// How many elements an array has, or members a map.
constexpr Rule items(std::uint64_t least, std::uint64_t most) {
  return detail::count_rule(Rule::Kind::items, least, most);
}
constexpr Rule max_items(std::uint64_t most) { return items(0, most); }
/// No two elements are equal.
inline constexpr Rule unique_items{.kind = Rule::Kind::unique_items};
/// All of a string matches the expression (RE2's syntax, at most 127 bytes): there is no need for ^ and $.
template <std::size_t N>
constexpr Rule pattern(const char (&expression)[N]) {
  Rule rule = detail::text_rule(Rule::Kind::pattern, expression);
  rule.engine = &detail::pattern_engine;
  return rule;
}
/// The rule, for each element of an array or each member of a map.
constexpr Rule each(Rule rule) {
  ++rule.depth;
  return rule;
}
/// What it is called in JSON, in a query or in a form, where that is no name for C++.
template <std::size_t N>
constexpr Rule name(const char (&text)[N]) {
  return detail::text_rule(Rule::Kind::name, text);
}
/// A sentence for who reads the document.
template <std::size_t N>
constexpr Rule about(const char (&text)[N]) {
  return detail::text_rule(Rule::Kind::about, text);
}
/// A value for the document, as JSON: example("\"ABC-1234\""), example("7"); what is no JSON is taken as a string.
template <std::size_t N>
constexpr Rule example(const char (&json)[N]) {
  return detail::text_rule(Rule::Kind::example, json);
}
inline constexpr Rule deprecated{.kind = Rule::Kind::deprecated};
/// What came is not told in a refusal.
/// The same word, called, is the way to what the function itself keeps secret: secret("stripe_key").
struct Secret : Rule {
  /// A secret that the function declares: `Settings{.secrets = {"stripe_key"}}`. It is what the file of that name holds in the
  /// folder of secrets (`stile serve --secrets-dir`), without the end of its last line, read at each call; where there is no
  /// such file, the environment variable STRIPE_KEY. From then on lines that the process logs, and texts of its problems,
  /// have "***" in its place. Any thread. Throws Unavailable (a 503, its cause is logged) where there is neither, or it is
  /// empty, longer than 64 KiB, or in a file that others than its owner may write; std::logic_error where it is not declared.
  std::string operator()(std::string_view declared_name) const;
};
inline constexpr Secret secret{{.kind = Rule::Kind::secret}};
/// A member that may be left out: then it is what its initializer says.
inline constexpr Rule defaulted{.kind = Rule::Kind::defaulted};
/// Of an optional: it may be left out, but not be null.
inline constexpr Rule not_null{.kind = Rule::Kind::not_null};

}  // namespace stile
