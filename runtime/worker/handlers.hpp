// The threads that run the function: one to begin with, further ones when all that there are have work, up to
// the function's concurrency. Knows nothing of FastCGI.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "worker/connections.hpp"
#include "worker/exchange.hpp"

namespace stile::worker {

class Handlers {
 public:
  /// Starts the first thread. Both are borrowed. Throws std::system_error.
  Handlers(Connections& connections, const Service& service, std::uint32_t concurrency);
  /// Waits for all threads: Connections::close() must have been called.
  ~Handlers();
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;

 private:
  void run();
  void serve(lending::ConnectionId id, Locals& locals);
  void grow();

  Connections& connections_;
  const Service& service_;
  const std::uint32_t concurrency_;
  std::atomic<std::uint32_t> waiting_{0};  // threads that wait for a connection
  std::atomic<std::uint32_t> count_{0};
  std::mutex mutex_;  // for what follows
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace stile::worker
