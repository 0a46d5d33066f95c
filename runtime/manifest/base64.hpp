// Base64 (RFC 4648), strictly: a value has one spelling. Knows nothing of what the bytes are. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

enum class Base64 {
  standard,
  url
};  ///< section 4, padded with "="; section 5 ("-" and "_"), without padding

std::string encode_base64(std::span<const std::byte> bytes, Base64 form);

/// Nothing where `text` is not what encode_base64() makes of some bytes: a line break, padding that is missing or
/// not asked for, bits after the last byte that are not zero.
std::optional<std::vector<std::byte>> decode_base64(std::string_view text, Base64 form);

}  // namespace stile
