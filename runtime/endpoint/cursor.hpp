// Cursors: a place in a list, handed to a client that hands it back. Signed, so that nobody else can make one; not
// encrypted, so that in it stands what the client may know. All of the room that needs OpenSSL. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

using CursorKey = std::array<std::byte, 32>;

/// The project's key: made in the state directory by whoever needs it first, kept by the process. Throws
/// std::runtime_error where there is no such directory, or where the key's file can't be trusted. Blocks on the
/// disk, once.
const CursorKey& cursor_key();

/// The payload, and an HMAC-SHA256 (RFC 2104) of it and of the context, in base64url (RFC 4648, section 5): it can
/// stand in a URL. The context is what a cursor is good for, such as an endpoint with its order and its filter.
std::string seal_cursor(std::string_view payload, std::string_view context,
                        const CursorKey& key = cursor_key());

/// The payload; nothing where `text` was not made by seal_cursor() with this context and key.
std::optional<std::string> open_cursor(std::string_view text, std::string_view context,
                                       const CursorKey& key = cursor_key());

}  // namespace stile
