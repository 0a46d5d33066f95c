#include "endpoint/quote.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::size_t longest = 64;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string_view cut(std::string_view text, std::size_t most) {
  std::size_t end = std::min(text.size(), most);
  // A character has at most three bytes after its first; more of them are no UTF-8, and need no care.
  for (int steps = 0; end < text.size() && steps < 3 && continues_character(text[end]); ++steps) --end;
  return text.substr(0, end);
}

std::string quote(std::string_view whole) {
  const auto text = cut(whole, longest);

  std::string quoted = "\"";
  auto invalid = valid_utf8_length(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool broken = i == invalid;
    if (broken || byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\x{:02X}", byte);
    } else {
      quoted += text[i];
    }
    if (broken) invalid = i + 1 + valid_utf8_length(text.substr(i + 1));
  }
  return quoted + (text.size() < whole.size() ? "\"..." : "\"");
}

}  // namespace stile
