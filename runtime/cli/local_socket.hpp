// Sockets of a server that runs on this machine, from the side of who asks it. Knows no protocol. One thread; blocks for
// as long as it is let.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "posix/fd.hpp"

namespace stile::cli {

/// Nothing within `patience` ends a read or a write. Throws std::system_error (ECONNREFUSED, ENOENT, EACCES, ...).
posix::Fd connect_to(const std::string& path, std::chrono::milliseconds patience);

/// Sends `question` and returns all that comes back until the other end has said all, `most` bytes of it, or the time is
/// up: nothing then, or where the connection breaks.
std::optional<std::string> ask(const posix::Fd& connection, std::string_view question, std::size_t most,
                               std::chrono::milliseconds patience);

}  // namespace stile::cli
