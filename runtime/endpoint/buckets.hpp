// Buckets by name: a request takes one out, and a rate fills them again (the "generic cell rate algorithm"). Whose they are, it
// does not know. Any number of threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace stile {

class Buckets {
 public:
  using Clock = std::chrono::steady_clock;

  /// Names that are known at a time. Beyond it those are forgotten first whose buckets are fullest.
  static constexpr std::size_t most_names = 10'000;

  struct Taken {
    bool is_let_in = false;
    std::uint64_t left = 0;  ///< further ones that could be taken now
    std::chrono::seconds
        until{};  ///< refused: when the next one can be taken; let in: when the bucket is full again
  };

  /// A full bucket holds `at_once`, and one comes back in each `apart`.
  Buckets(std::uint32_t at_once, Clock::duration apart) : at_once_(at_once), apart_(apart) {}

  /// Takes one from the bucket of that name, where there is one.
  Taken take(const std::string& name, Clock::time_point now);
  /// Takes one, be it of those that are still to come.
  void overdraw(const std::string& name, Clock::time_point now);
  /// For how long nothing can be taken; zero: for no time.
  Clock::duration wait(const std::string& name, Clock::time_point now) const;
  /// How many names are known. Takes no lock.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  Clock::time_point& full_at(const std::string& name, Clock::time_point now);
  void make_room(Clock::time_point now);

  std::uint32_t at_once_;
  Clock::duration apart_;
  mutable std::mutex mutex_;
  std::atomic<std::size_t> size_ = 0;
  std::unordered_map<std::string, Clock::time_point>
      full_at_;  // each that is taken puts that off by `apart_`
};

}  // namespace stile
