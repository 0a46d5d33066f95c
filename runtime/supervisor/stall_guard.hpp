// Frees the event loop from a call that does not return. Its calls don't block by themselves, but what they are made on
// is shared with workers, which may be hostile: the flags of a socket that is listened at, the lingering of one that is to be
// closed, a child that is stopped before it executes. A thread of its own, which sleeps while the loop does.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace stile::supervisor {

class StallGuard {
 public:
  /// For the thread that makes it. Throws std::system_error.
  explicit StallGuard(std::chrono::milliseconds patience = std::chrono::seconds{1});
  ~StallGuard();
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  /// The guarded thread begins, or ends, what should not take longer than `patience`: after that its call fails with EINTR,
  /// and a child that it has waited for as long in vfork is killed. Every `patience` again.
  void begin();
  void end() { began_ = 0; }

 private:
  void watch();
  void free_it();

  const std::chrono::milliseconds patience_;
  const pthread_t guarded_;
  std::atomic<std::int64_t> began_{0};  // by the steady clock; 0: nothing is under way
  std::atomic<bool> is_watching_{false};
  pid_t suspect_ = 0;  // the child that was being started when we looked last
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace stile::supervisor
