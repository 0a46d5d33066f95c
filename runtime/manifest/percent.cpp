#include "manifest/percent.hpp"

#include <algorithm>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr int hexadecimal_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string_view::size_type percent_decode(std::string_view text, Plus plus, std::string& out) {
  const std::string_view special = plus == Plus::space ? "%+" : "%";
  for (std::size_t at = 0; at < text.size();) {
    const auto next = std::min(text.find_first_of(special, at), text.size());
    out.append(text, at, next - at);
    if (next == text.size()) break;
    if (text[next] == '+') {
      out.push_back(' ');
      at = next + 1;
      continue;
    }
    if (text.size() - next < 3) return next;
    const int high = hexadecimal_value(text[next + 1]);
    const int low = hexadecimal_value(text[next + 2]);
    if (high < 0 || low < 0) return next;
    out.push_back(static_cast<char>(high * 16 + low));
    at = next + 3;
  }
  return std::string_view::npos;
}

std::string percent_encode(std::string_view text, std::string_view kept) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
    if (is_letter || is_digit(c) || kept.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.append(1, '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
  }
  return encoded;
}

}  // namespace stile
