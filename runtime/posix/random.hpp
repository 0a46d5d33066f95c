// Random bytes for secrets, from the kernel. Any thread.
#pragma once

#include <cstddef>
#include <span>

namespace stile::posix {

/// Waits where the kernel has gathered none yet, early at boot. Throws std::system_error where it has no such call.
void fill_random(std::span<std::byte> bytes);

}  // namespace stile::posix
