// What a worker has served and what it holds: counted for others to read (lending/counters.hpp), and a reason to be
// replaced when it is enough. Knows no request. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "lending/control.hpp"
#include "lending/counters.hpp"

namespace stile::worker {

class Usage {
 public:
  /// 0: as much as it likes.
  struct Bounds {
    std::uint64_t requests = 0;
    std::uint64_t memory = 0;  ///< bytes that are this process's alone
  };

  /// Both borrowed: the file of counters, or anything; the control socket over which the supervisor is asked to replace
  /// this worker, or -1.
  Usage(int counters, int control, Bounds bounds) : counters_(counters), control_(control), bounds_(bounds) {}

  void wait_begins() { counters_.wait_begins(); }
  void wait_ends() { counters_.wait_ends(); }
  void call_begins(std::chrono::steady_clock::time_point now) { counters_.call_begins(now); }
  /// `took`: waiting included. Where a bound is reached, the supervisor is asked; once.
  void call_ends(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds took);
  void answer_has_failed() { counters_.answer_has_failed(); }

 private:
  bool is_time_to_look(std::chrono::steady_clock::time_point now);
  void ask(lending::Reason reason);

  lending::Counters counters_;
  int control_;
  Bounds bounds_;
  std::atomic<std::int64_t> look_again_{0};  // nanoseconds of the steady clock
  std::atomic<bool> has_asked_{false};
};

/// Bytes of memory that no other process shares with this one; 0 where /proc does not say.
std::uint64_t own_memory();

}  // namespace stile::worker
