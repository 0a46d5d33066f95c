#include "worker/usage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "posix/fd.hpp"

namespace stile::worker {

using namespace std::chrono_literals;

namespace {

// Between two looks at the memory, which take a few microseconds each.
constexpr std::chrono::nanoseconds look_interval = 250ms;

}  // namespace

void Usage::call_ends(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds took) {
  counters_.call_ends(now, took);
  if (bounds_.requests != 0 && counters_.answered() >= bounds_.requests) ask(lending::Reason::requests);
  if (bounds_.memory != 0 && is_time_to_look(now) && own_memory() > bounds_.memory)
    ask(lending::Reason::memory);
}

bool Usage::is_time_to_look(std::chrono::steady_clock::time_point now) {
  const auto nanoseconds = std::chrono::nanoseconds(now.time_since_epoch()).count();
  auto due = look_again_.load(std::memory_order_relaxed);
  return nanoseconds >= due && look_again_.compare_exchange_strong(due, nanoseconds + look_interval.count());
}

void Usage::ask(lending::Reason reason) {
  if (control_ == -1 || has_asked_.load(std::memory_order_relaxed) || has_asked_.exchange(true)) return;
  const lending::Message message{lending::Kind::replace, {static_cast<std::uint32_t>(reason), 0}, {}};
  // Where the queue is full the next call asks again.
  if (lending::send(control_, message) == lending::Sent::would_block) has_asked_ = false;
}

std::uint64_t own_memory() {
  const posix::Fd file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  if (::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
  unsigned long all = 0;
  unsigned long resident = 0;
  unsigned long shared = 0;
  if (std::sscanf(text.data(), "%lu %lu %lu", &all, &resident, &shared) != 3 || resident < shared) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace stile::worker
