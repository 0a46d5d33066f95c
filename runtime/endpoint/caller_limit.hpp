// How many requests a verified caller may send to this process: a bucket each. Any number of threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "manifest/rate_policy.hpp"

namespace stile {

class CallerLimit {
 public:
  using Clock = std::chrono::steady_clock;

  /// Callers that are known at a time. Beyond it those are forgotten first whose buckets are fullest.
  static constexpr std::size_t most_callers = 10'000;

  struct Taken {
    bool is_let_in = false;
    std::uint64_t left = 0;  ///< further requests that would be let in now
    std::chrono::seconds
        until{};  ///< refused: when the next one will be; let in: when the bucket is full again
  };

  /// `policy` is a limit.
  explicit CallerLimit(const RatePolicy& policy)
      : apart_(std::chrono::nanoseconds(policy.per) / policy.requests), at_once_(policy.at_once()) {}

  /// Takes one from the caller's bucket, where there is one.
  Taken take(const std::string& caller, Clock::time_point now);
  std::size_t size() const;

 private:
  void make_room(Clock::time_point now);

  Clock::duration apart_;  // between two requests of a caller who keeps to the rate
  std::uint32_t at_once_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> full_at_;  // each request puts that off by `apart_`
};

}  // namespace stile
