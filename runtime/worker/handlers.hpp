// The threads that run the function: one to begin with, further ones when all that there are have work, up to
// the function's concurrency. A thread whose peer is slow does not count: another one works in its place. Knows nothing
// of FastCGI.
#pragma once

#include <atomic>
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
  // One more thread, where all that there are have work and the bound allows it.
  void grow_if_short();
  // There are more than needed, now that no peer is waited for: the caller is to end, and counted no more.
  bool is_surplus();
  std::uint32_t bound() const { return concurrency_ + stalled_; }

  bool begin_wait() override;
  void end_wait() override;
  bool begin_run() override;
  void end_run() override;
  bool take_run();

  Connections& connections_;
  const Service& service_;
  const std::uint32_t concurrency_;
  std::atomic<std::uint32_t> waiting_{0};  // threads that wait for a connection
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> stalled_{0};  // threads that wait for their peer
  std::atomic<std::uint32_t> running_{0};  // threads that run the function, at most concurrency_
  std::atomic<std::uint32_t> blocked_{0};  // threads that wait until fewer do
  std::mutex run_mutex_;
  std::condition_variable run_ended_;
  std::mutex mutex_;  // for what follows
  bool stopping_ = false;
  std::list<std::thread> threads_;
  std::list<std::thread> finished_;  // to be joined
};

}  // namespace stile::worker
