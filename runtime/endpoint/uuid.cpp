#include "stile/uuid.hpp"

#include <span>

#include "posix/random.hpp"

namespace stile {
namespace {

constexpr std::size_t uuid_length = 36;

// Before these of its 16 bytes a hyphen stands.
constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int hexadecimal_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Uuid> read_uuid(std::string_view text) {
  if (text.size() != uuid_length) return std::nullopt;
  Uuid uuid{};
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < Uuid::static_size(); ++byte) {
    if (hyphen_before(byte) && text[at++] != '-') return std::nullopt;
    const int high = hexadecimal_value(text[at++]);
    const int low = hexadecimal_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.data[byte] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return uuid;
}

std::string print_uuid(const Uuid& uuid) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(uuid_length);
  for (std::size_t byte = 0; byte < Uuid::static_size(); ++byte) {
    if (hyphen_before(byte)) text += '-';
    text += digits[uuid.data[byte] >> 4U];
    text += digits[uuid.data[byte] & 15U];
  }
  return text;
}

Uuid new_uuid() {
  Uuid uuid{};
  posix::fill_random(std::as_writable_bytes(std::span(uuid.data)));
  uuid.data[6] = static_cast<std::uint8_t>((uuid.data[6] & 0x0FU) | 0x40U);  // the version
  uuid.data[8] = static_cast<std::uint8_t>((uuid.data[8] & 0x3FU) | 0x80U);  // the variant
  return uuid;
}

}  // namespace stile
