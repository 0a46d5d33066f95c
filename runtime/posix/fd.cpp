#include "posix/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace stile::posix {

void Fd::reset(int number) noexcept {
  if (number_ >= 0) ::close(number_);
  number_ = number;
}

void make_room_for_descriptors(const Fd& any) noexcept {
  constexpr int count = 1024;
  const Fd last(::fcntl(any.get(), F_DUPFD_CLOEXEC, count - 1));  // beyond a lower limit it fails
}

}  // namespace stile::posix
