#include "endpoint/json_error.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::size_t max_quoted = 32;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }
bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

std::string quote(std::string_view token) {
  if (token.size() <= max_quoted) return fmt::format("'{}'", token);
  return fmt::format("'{}...'", token.substr(0, max_quoted));
}

std::string name_token(std::string_view token) {
  const auto strange = std::find_if_not(token.begin(), token.end(), is_printable);
  if (strange == token.end()) return quote(token);
  if (token.front() == '"') return "this string";
  return fmt::format("the byte 0x{:02x}", static_cast<unsigned char>(*strange));
}

// The four digits of a \u escape at `at`, or -1.
int code_unit(std::string_view token, std::size_t at) {
  int unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = i < token.size() ? to_lower(token[i]) : ' ';
    const bool is_letter_digit = c >= 'a' && c <= 'f';
    if (!is_digit(c) && !is_letter_digit) return -1;
    unit = unit * 16 + (is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return unit;
}

// How many bytes the escape that begins `token` (with its backslash) takes; 0 where it is broken, half a
// surrogate pair included.
std::size_t escape_length(std::string_view token) {
  if (token.size() < 2) return 0;
  if (token[1] != 'u') return std::string_view("\"\\/bfnrt").find(token[1]) == token.npos ? 0 : 2;
  const int unit = code_unit(token, 2);
  if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
  if (unit < 0xd800 || unit > 0xdbff) return 6;
  const bool escaped = token.substr(std::min<std::size_t>(6, token.size())).starts_with("\\u");
  const int low = escaped ? code_unit(token, 8) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

// Where in a string token (with its opening quote) the broken escape begins; npos where there is none.
std::size_t broken_escape_at(std::string_view token) {
  for (auto at = token.find('\\'); at != token.npos; at = token.find('\\', at)) {
    const auto length = escape_length(token.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return token.npos;
}

}  // namespace

JsonError number_does_not_fit(std::size_t offset, std::string_view digits) {
  return {offset, fmt::format("the number {} does not fit", quote(digits))};
}

JsonError explain_json_error(std::string_view text, std::size_t read, std::string_view token, bool complete) {
  if (const auto at = invalid_utf8_at(text); at < read) return {at, "invalid UTF-8"};
  const bool in_string = token.starts_with('"');
  if (read > text.size()) {
    if (text.find_first_not_of(" \t\r\n") == text.npos) return {0, "there is no value"};
    return {text.size(), in_string ? "the text ends within a string" : "the text ends too early"};
  }
  // A control character can only be the last of the token: no token goes on after one.
  constexpr std::size_t shown_longer = std::string_view("<U+0001>").size() - 1;
  const auto length = token.size() - (is_control(text[read - 1]) ? shown_longer : 0);
  const auto begin = read - std::min(length, read);
  const auto raw = text.substr(begin, read - begin);
  if (in_string) {
    if (const auto at = broken_escape_at(raw); at != raw.npos)
      return {begin + at, "a broken escape in a string"};
    if (is_control(raw.back())) return {read - 1, "a control character in a string must be escaped"};
  }
  if (complete) return {begin, fmt::format("{} follows the value", name_token(raw))};
  return {begin, fmt::format("{} is not expected here", name_token(raw))};
}

}  // namespace stile
