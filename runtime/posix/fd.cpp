#include "posix/fd.hpp"

#include <unistd.h>

namespace stile::posix {

void Fd::reset(int number) noexcept {
  if (number_ >= 0) ::close(number_);
  number_ = number;
}

}  // namespace stile::posix
