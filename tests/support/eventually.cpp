#include "support/eventually.hpp"

#include <poll.h>

namespace stile::test {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return condition();
    ::poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace stile::test
