#include "endpoint/json_error.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::size_t max_quoted = 32;

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view structure = "[]{},:";
constexpr std::string_view ends_of_words = " \t\r\n[]{},:\"";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }
bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

// Behind the string that begins at `begin`; npos where it has no end.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  for (auto at = text.find_first_of("\"\\", begin + 1); at < text.size();
       at = text.find_first_of("\"\\", at + 2)) {
    if (text[at] == '"') return at + 1;
  }
  return std::string_view::npos;
}

std::size_t end_of_token(std::string_view text, std::size_t begin) {
  if (text[begin] == '"') return std::min(end_of_string(text, begin), text.size());
  if (structure.find(text[begin]) != std::string_view::npos) return begin + 1;
  return std::min(text.find_first_of(ends_of_words, begin + 1), text.size());  // a number, a word, or neither
}

std::size_t next_token(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(blanks, at), text.size());
}

std::size_t first_token(std::string_view text) {
  return next_token(text, text.starts_with("\xef\xbb\xbf") ? 3 : 0);
}

// Where the token begins that byte `last` belongs to. All before it is known to be well-formed.
std::size_t token_around(std::string_view text, std::size_t last) {
  for (auto begin = first_token(text);;) {
    const auto next = next_token(text, end_of_token(text, begin));
    if (next > last) return begin;
    begin = next;
  }
}

std::string quote_token(std::string_view token) {
  if (token.size() <= max_quoted) return fmt::format("'{}'", token);
  return fmt::format("'{}...'", token.substr(0, max_quoted));
}

std::string name_token(std::string_view token) {
  const auto strange = std::find_if_not(token.begin(), token.end(), is_printable);
  if (strange == token.end()) return quote_token(token);
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
  if (token[1] != 'u') return std::string_view("\"\\/bfnrt").find(token[1]) == std::string_view::npos ? 0 : 2;
  const int unit = code_unit(token, 2);
  if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
  if (unit < 0xd800 || unit > 0xdbff) return 6;
  const bool escaped = token.substr(std::min<std::size_t>(6, token.size())).starts_with("\\u");
  const int low = escaped ? code_unit(token, 8) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

// Where in a string token (with its opening quote) the broken escape begins; npos where there is none.
std::size_t broken_escape_at(std::string_view token) {
  for (auto at = token.find('\\'); at != std::string_view::npos; at = token.find('\\', at)) {
    const auto length = escape_length(token.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace

JsonError number_does_not_fit(std::size_t offset, std::string_view digits) {
  return {offset, fmt::format("the number {} does not fit", quote_token(digits))};
}

JsonError explain_json_error(std::string_view text, std::size_t read, bool complete) {
  if (const auto at = invalid_utf8_at(text); at < read) return {at, "invalid UTF-8"};
  const auto first = first_token(text);
  if (first == text.size()) return {0, "there is no value"};
  const auto begin = token_around(text, std::min(read, text.size()) - 1);
  const bool is_string = text[begin] == '"';
  if (read > text.size()) {
    const bool open = is_string && end_of_string(text, begin) == std::string_view::npos;
    return {text.size(), open ? "the text ends within a string" : "the text ends too early"};
  }
  const auto token = text.substr(begin, end_of_token(text, begin) - begin);
  if (is_string) {
    const auto raw = text.substr(begin, read - begin);
    if (const auto at = broken_escape_at(raw); at != std::string_view::npos)
      return {begin + at, "a broken escape in a string"};
    if (is_control(raw.back())) return {read - 1, "a control character in a string must be escaped"};
  }
  const bool follows = complete && begin != first;  // "01" is one word to a reader
  return {begin,
          fmt::format("{} {}", name_token(token), follows ? "follows the value" : "is not expected here")};
}

}  // namespace stile
