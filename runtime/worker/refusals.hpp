// Who guesses: addresses whose requests were answered by 401, and how long they are refused unheard. Kept in the memory of one
// process; nothing of it outlives it. Addresses of private networks are never refused: as a rule they are a proxy's, which speaks
// for many, and nobody has told nginx to trust it. Any number of threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stile::worker {

class Refusals {
 public:
  using Clock = std::chrono::steady_clock;

  /// An address may be answered by that many 401 at once, and by one more in each `apart`.
  static constexpr int at_once = 20;
  static constexpr std::chrono::seconds apart{6};
  /// Addresses that are known at a time. Beyond it those are forgotten first that may guess again soonest.
  static constexpr std::size_t most_addresses = 10'000;

  /// For how long the address is refused before anything of its request is looked at; unset: it is not. Takes no lock where nobody
  /// has guessed.
  std::optional<std::chrono::seconds> wait(std::string_view address, Clock::time_point now);
  /// It was answered by a 401.
  void count(std::string_view address, Clock::time_point now);
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  void make_room(Clock::time_point now);

  std::mutex mutex_;
  std::atomic<std::size_t> size_ = 0;
  // When all that it has guessed will be forgotten: each 401 puts that off by `apart`.
  std::unordered_map<std::string, Clock::time_point> forgotten_at_;
};

}  // namespace stile::worker
