// A secret that several processes share by a file: whoever comes first makes it. Knows nothing of what it is for.
// Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace stile::posix {

using Secret = std::array<std::byte, 32>;

/// What stands in the file, which is made, with mode 0600, where there is none: at once and as a whole, so that of
/// several who do that all get the same. Throws std::runtime_error, which says what to do, where the file is
/// another one's, may be read or written by others, or has another size; std::system_error where the system
/// refuses. Blocks on the disk.
Secret shared_secret(const std::string& path);

}  // namespace stile::posix
