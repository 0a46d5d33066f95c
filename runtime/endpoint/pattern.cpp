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

// The escapes that RE2 and ECMA-262 (with its flag u, as JSON Schema advises) read alike.
bool is_common_escape(std::string_view rest) {
  const char c = rest.empty() ? '\0' : rest.front();
  if (c == '\0') return false;
  const auto is_hexadecimal = [](char digit) {
    return std::string_view("0123456789abcdefABCDEF").find(digit) != std::string_view::npos;
  };
  if (c == 'x') return rest.size() > 2 && is_hexadecimal(rest[1]) && is_hexadecimal(rest[2]);
  // \p{L}, \p{Lu}: a general category. Scripts have other names there.
  if (c == 'p' || c == 'P')
    return rest.size() > 3 && rest[1] == '{' && rest.substr(2, 3).find('}') != std::string_view::npos;
  return std::string_view("dDwWsSbBtnrfv^$\\.*+?()[]{}|/").find(c) != std::string_view::npos;
}

bool is_repetition(std::string_view text) {
  static const re2::RE2 repetition("\\{[0-9]+(?:,[0-9]*)?\\}");
  re2::StringPiece rest(text.data(), text.size());
  return re2::RE2::Consume(&rest, repetition);
}

// Empty where there is nothing of that kind.
std::string_view what_ecma_reads_otherwise(std::string_view expression) {
  bool is_in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const auto rest = expression.substr(i);
    if (rest.front() == '\\') {
      const bool is_dash = is_in_class && rest.substr(1).starts_with('-');
      if (!is_dash && !is_common_escape(rest.substr(1)))
        return "it has an escape that a schema's reader takes otherwise; escape nothing but ^$\\.*+?()[]{}|/";
      ++i;
      if (rest.starts_with("\\p{") || rest.starts_with("\\P{")) i += rest.find('}') - 1;
    } else if (is_in_class) {
      if (rest.starts_with("[:")) return "it has what only RE2 knows: [[:class:]]";
      is_in_class = rest.front() != ']';
    } else if (rest.front() == '[') {
      if (rest.starts_with("[]") || rest.starts_with("[^]"))
        return "a \"]\" at the beginning of a class needs a backslash";
      is_in_class = true;
    } else if (rest.front() == '{') {
      if (!is_repetition(rest)) return "a \"{\" that repeats nothing needs a backslash";
      i += rest.find('}');
    } else if (rest.front() == '}' || rest.front() == ']') {
      return "a \"}\" or \"]\" that closes nothing needs a backslash";
    } else if (rest.starts_with("(?") && !rest.starts_with("(?:")) {
      return "it has what only RE2 knows: (?flags) or (?P<name>)";
    }
  }
  return {};
}

}  // namespace

bool matches_pattern(std::string_view expression, std::string_view text) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled(expression));
}

std::string_view pattern_mistake(std::string_view expression) {
  const auto foreign = what_ecma_reads_otherwise(expression);
  return foreign.empty() ? std::string_view(compiled(expression).error()) : foreign;
}

}  // namespace stile::detail
