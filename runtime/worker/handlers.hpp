// The threads that run the function: one to begin with, further ones when all that there are have work, up to
// the function's concurrency. A thread whose peer is slow does not count: another one works in its place. Knows nothing
// of FastCGI.
//
// Whoever takes a connection and leaves nobody waiting for the next one sees to that first, by calling another thread.
// Where the function is quick, that costs more than the request, and so one thread takes what comes, and the others stand
// by. One of these, the lookout, looks every 2 ms, and waits too where nothing was taken meanwhile (the one may be busy or
// kept from the processor), or where one is not enough.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include "worker/connections.hpp"
#include "worker/exchange.hpp"
#include "worker/turn.hpp"

namespace stile::worker {

class Handlers : private Turn {
 public:
  /// Starts the first thread. Both are borrowed. Throws std::system_error.
  Handlers(Connections& connections, const Service& service, std::uint32_t concurrency);
  /// Waits for all threads: Connections::close() must have been called.
  ~Handlers() override;
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;

 private:
  void run();
  void serve(Connections::Event event, Locals& locals);
  // The caller has taken what came, and nobody waits for what comes next.
  void hand_over();
  enum class Role { waits, looks_out };
  // One that stands by is to do that; or one more thread is to wait, where nobody stands by and the bound allows it.
  void call(Role role);
  // Returns when the caller is to wait for a connection. `was_last`: when it took the one before, nobody else was waiting.
  void stand_by(bool was_last);
  void look_out(std::unique_lock<std::mutex>& lock);
  void note_pace(std::chrono::nanoseconds took);
  bool is_quick() const;
  // There are more than needed, now that no peer is waited for: the caller is to end, and counted no more.
  bool is_surplus();
  std::uint32_t bound() const { return concurrency_ + stalled_; }

  bool begin_wait() override;
  void end_wait() override;
  bool begin_run() override;
  void end_run(std::chrono::nanoseconds took) override;
  bool take_run();

  Connections& connections_;
  const Service& service_;
  const std::uint32_t concurrency_;
  std::atomic<std::uint32_t> waiting_{0};  // threads that wait for a connection
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> stalled_{0};      // threads that wait for their peer
  std::atomic<std::uint32_t> running_{0};      // threads that run the function, at most concurrency_
  std::atomic<std::uint32_t> blocked_{0};      // threads that wait until fewer do
  std::atomic<std::int64_t> pace_;             // nanoseconds that the function runs, on average
  std::atomic<std::uint32_t> left_alone_{0};   // how often a connection was taken and nobody waited any more
  std::atomic<std::uint32_t> standing_by_{0};  // threads that wait to be called
  std::atomic<bool> has_lookout_{false};  // one of those, or one that is called, looks whether anybody waits
  std::mutex run_mutex_;
  std::condition_variable run_ended_;
  std::mutex mutex_;  // for what follows
  bool stopping_ = false;
  std::uint32_t calls_ = 0;         // of those that stand by so many are to wait for connections
  bool is_lookout_called_ = false;  // and one is to look out
  std::condition_variable called_;
  std::list<std::thread> threads_;
  std::list<std::thread> finished_;  // to be joined
};

}  // namespace stile::worker
