#include "posix/file_lock.hpp"

#include <sys/file.h>

#include <chrono>
#include <thread>

namespace stile::posix {

using namespace std::chrono_literals;

bool lock_alone(const Fd& file) {
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) == -1) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);  // flock(2) itself knows no deadline
  }
  return true;
}

}  // namespace stile::posix
