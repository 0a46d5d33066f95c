#include "posix/random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "posix/error.hpp"

namespace stile::posix {

void fill_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got == -1 && errno != EINTR) throw_errno("getrandom");
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace stile::posix
