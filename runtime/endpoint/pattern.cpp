// Alone in this file, so that RE2 is linked to the functions that have a pattern, and to no other.
#include <re2/re2.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "stile/rules.hpp"

namespace stile::detail {
namespace {

// One for each expression of the program: they are literals, so there are few, and they stay.
const re2::RE2& compiled(std::string_view expression) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::unique_ptr<re2::RE2>> all;
  const std::lock_guard lock(mutex);
  auto& found = all[std::string(expression)];
  if (!found) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    found = std::make_unique<re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
  }
  return *found;
}

}  // namespace

bool matches_pattern(std::string_view expression, std::string_view text) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled(expression));
}

std::string_view pattern_mistake(std::string_view expression) {
  // RE2 alone has these, and a schema's reader (ECMA-262) takes them for something else, or for a mistake.
  for (const std::string_view foreign :
       {"(?i", "(?s", "(?U", "(?m", "(?P", "\\A", "\\z", "\\Q", "\\pN", "[[:"}) {
    if (expression.find(foreign) != std::string_view::npos)
      return "it has what only RE2 knows: (?flags), (?P<name>), \\A, \\z, \\Q or [[:class:]]";
  }
  return compiled(expression).error();
}

}  // namespace stile::detail
