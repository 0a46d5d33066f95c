// What a worker counts: a page of a file that it maps and writes, one for each worker, for the supervisor and for
// `stile status` to read. Numbers alone, no pointers: what a reader finds may be a lie, and is never more than a
// wrong number. Counting is safe from any thread; the numbers of one moment need not agree with each other.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "posix/fd.hpp"

namespace stile::lending {

/// Where a supervised worker finds its file; it may be missing.
inline constexpr int counters_descriptor = 5;

/// Four buckets for each doubling, from 1 us on, so that what a percentile says is at most 19 % too much; the last
/// one takes all that is longer than about three days.
inline constexpr std::size_t latency_buckets = 160;
/// The bucket that a time belongs to, and the longest time that belongs to it.
std::size_t bucket_of(std::chrono::nanoseconds time);
std::chrono::nanoseconds longest_in(std::size_t bucket);

struct Counts {
  std::uint64_t begun = 0;     ///< calls of the function
  std::uint64_t answered = 0;  ///< of these, what has been answered, well or badly
  std::uint64_t failed = 0;    ///< of these, with a status of 500 or more
  std::uint32_t running = 0;   ///< calls that have not returned
  std::uint32_t waiting = 0;   ///< requests that are read and wait until fewer run
  std::chrono::nanoseconds last_active{
      0};  ///< of the steady clock: the last time that a call began or ended; 0: none
  std::array<std::uint64_t, latency_buckets>
      latencies{};  ///< by bucket: how long calls took, waiting included

  /// The time that a share (0 .. 1) of the calls took at most; 0 where there were none.
  std::chrono::nanoseconds percentile(double share) const;
};

/// Makes a file that has room on its disk (a full one is an error here, not a SIGBUS later) or, for an empty path, one
/// in memory. Throws std::system_error: it is there already, or can't be made.
posix::Fd create_counters(const std::string& path);

/// What stands in the file; all zeros where it is no such file. Reads it, as its writer may cut it at any time.
Counts read_counts(int file);

/// The worker's side.
class Counters {
 public:
  /// Maps the file, which is borrowed meanwhile, or, where it is none of create_counters(), a page that nobody reads.
  /// Throws std::system_error.
  explicit Counters(int file);
  ~Counters();
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  void wait_begins();
  void wait_ends();
  void call_begins(std::chrono::steady_clock::time_point now);
  /// `took`: waiting included.
  void call_ends(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds took);
  /// How often call_ends() has been called.
  std::uint64_t answered() const;
  void answer_has_failed();

  struct Page;

 private:
  Page* page_;
};

}  // namespace stile::lending
