#include "manifest/base64.hpp"

#include <array>
#include <cstdint>

namespace stile {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

using DigitValues = std::array<std::uint8_t, 256>;

constexpr DigitValues values_of(std::string_view digits) {
  DigitValues values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i)
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return values;
}

constexpr DigitValues base64_values = values_of(base64_digits);
constexpr DigitValues base64url_values = values_of(base64url_digits);

std::uint32_t byte_at(std::span<const std::byte> bytes, std::size_t at) {
  return at < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at]) : 0;
}

// The digits alone; nothing where the padding is not as it must be.
std::optional<std::string_view> without_padding(std::string_view text, Base64 form) {
  if (form == Base64::url) return text;
  if (text.size() % 4 != 0) return std::nullopt;
  for (int most = 2; most > 0 && text.ends_with('='); --most) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string encode_base64(std::span<const std::byte> bytes, Base64 form) {
  const auto digits = form == Base64::url ? base64url_digits : base64_digits;
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto word = byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
    text += digits[word >> 18U];
    text += digits[word >> 12U & 63U];
    text += digits[word >> 6U & 63U];
    text += digits[word & 63U];
  }
  if (const std::size_t missing = (3 - bytes.size() % 3) % 3; missing != 0) {
    text.resize(text.size() - missing);
    if (form == Base64::standard) text.append(missing, '=');
  }
  return text;
}

std::optional<std::vector<std::byte>> decode_base64(std::string_view text, Base64 form) {
  const auto digits = without_padding(text, form);
  if (!digits || digits->size() % 4 == 1) return std::nullopt;
  const auto& values = form == Base64::url ? base64url_values : base64_values;
  std::vector<std::byte> bytes;
  bytes.reserve(digits->size() / 4 * 3 + 2);
  std::uint32_t word = 0;
  unsigned bits = 0;
  for (const char c : *digits) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value == no_digit) return std::nullopt;
    word = word << 6U | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(word >> bits & 255U));
    word &= (1U << bits) - 1U;
  }
  if (word != 0) return std::nullopt;
  return bytes;
}

}  // namespace stile
