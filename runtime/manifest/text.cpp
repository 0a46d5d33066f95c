#include "manifest/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace stile {
namespace {

constexpr bool is_token_character(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr bool is_field_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Each byte of each response header is asked for.
template <class Predicate>
constexpr std::array<bool, 256> table_of(Predicate predicate) {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = predicate(static_cast<char>(byte));
  return table;
}

constexpr auto token_characters = table_of(is_token_character);
constexpr auto field_characters = table_of(is_field_character);

bool all_in(const std::array<bool, 256>& table, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

// How long the sequence that begins with `lead` is, and which second bytes it admits (RFC 3629, section 4):
// there stand all the exceptions, every later byte is 80..BF.
struct Sequence {
  std::size_t length;
  std::uint8_t second_least;
  std::uint8_t second_most;
};

constexpr Sequence sequence_of(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2) return {0, 0, 0};  // a later byte, or C0 and C1: overlong
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};  // below: overlong
  if (lead == 0xed) return {3, 0x80, 0x9f};  // above: surrogates
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};  // below: overlong
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};  // above: over U+10FFFF
  return {0, 0, 0};
}

// Most text is ASCII: eight bytes a step.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  while (text.size() - at >= sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
    at += sizeof word;
  }
  return at;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_token(std::string_view text) { return !text.empty() && all_in(token_characters, text); }

bool is_field_value(std::string_view text) { return all_in(field_characters, text); }

bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
}

namespace {

struct Utf8Fault {
  std::string_view::size_type sequence = std::string_view::npos;  // where it begins
  std::string_view::size_type byte = std::string_view::npos;      // that can't be part of it
};

Utf8Fault utf8_fault(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const Sequence sequence = sequence_of(byte(at));
    if (sequence.length == 0) return {at, at};
    for (std::size_t i = 1; i < sequence.length; ++i) {
      const std::uint8_t least = i == 1 ? sequence.second_least : 0x80;
      const std::uint8_t most = i == 1 ? sequence.second_most : 0xbf;
      if (at + i >= text.size()) return {at, at};  // cut off: its beginning is what is wrong
      if (byte(at + i) < least || byte(at + i) > most) return {at, at + i};
    }
    at += sequence.length;
  }
  return {};
}

}  // namespace

std::string_view::size_type invalid_utf8_at(std::string_view text) { return utf8_fault(text).byte; }

std::string_view::size_type valid_utf8_length(std::string_view text) {
  return std::min(utf8_fault(text).sequence, text.size());
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace stile
