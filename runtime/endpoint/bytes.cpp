#include "stile/bytes.hpp"

#include "manifest/base64.hpp"

namespace stile {

std::optional<std::vector<std::byte>> read_base64(std::string_view text) {
  return decode_base64(text, Base64::standard);
}

std::string print_base64(std::span<const std::byte> bytes) { return encode_base64(bytes, Base64::standard); }

}  // namespace stile
