// Bytes as text: base64 (RFC 4648), as JSON has them. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

/// Section 4, strictly: padded with "=", no line breaks, no bits set after the last byte. Nothing where `text` is
/// anything else.
std::optional<std::vector<std::byte>> read_base64(std::string_view text);

/// Section 4, with padding, in one line.
std::string print_base64(std::span<const std::byte> bytes);

}  // namespace stile
