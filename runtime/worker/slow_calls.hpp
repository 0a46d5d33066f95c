// Calls of the function that take longer than it should: each is told of once, with the place where it is. Knows no
// connection. Calls begin and end on any thread; a thread of its own watches, and sleeps until the next one could be slow.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <stile/log.hpp>

namespace stile::worker {

class SlowCalls {
 public:
  /// Starts watching. `log` is borrowed. One at a time in a process: the place is asked for by SIGURG. Throws
  /// std::system_error.
  SlowCalls(LogSink& log, std::chrono::milliseconds slow);
  /// No call may be left.
  ~SlowCalls();
  SlowCalls(const SlowCalls&) = delete;
  SlowCalls& operator=(const SlowCalls&) = delete;

  /// A call that runs on this thread while it lives.
  class Call {
   public:
    /// Both are borrowed.
    Call(SlowCalls& calls, std::string_view request_id);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    friend class SlowCalls;
    SlowCalls& calls_;
    std::string_view request_id_;
    std::chrono::steady_clock::time_point due_;
    pid_t thread_;
    std::size_t index_ = 0;
    bool is_told_ = false;
    std::mutex being_told_;  // held by the watcher while it needs the call; taken while it holds the list's
  };

 private:
  void watch();
  void tell(const Call& call) const;

  LogSink& log_;
  std::chrono::milliseconds slow_;
  std::mutex mutex_;  // for what follows
  std::vector<Call*> calls_;
  bool is_idle_ = false;  // nothing is to become slow until another call begins
  bool stopping_ = false;
  std::condition_variable changed_;
  std::thread watcher_;
};

}  // namespace stile::worker
