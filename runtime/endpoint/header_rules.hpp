// What may stand in a header that leaves: the one list that everything which sets a header asks. Pure; any
// thread.
#pragma once

#include <string_view>

namespace stile {

/// Headers that the server writes itself: Content-Length, Transfer-Encoding, Connection, Status.
bool is_server_header(std::string_view name);

/// A token as name, a value without control characters, and not the server's.
bool is_safe_header(std::string_view name, std::string_view value);

/// Throws std::invalid_argument that says what is wrong with the header; it does not repeat the value.
void require_safe_header(std::string_view name, std::string_view value);

}  // namespace stile
