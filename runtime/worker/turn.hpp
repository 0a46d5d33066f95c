// What a thread that works on a request tells those that share its work: when it waits for its peer, when it runs the
// function. Knows neither. The thread calls it; implementations are thread-safe.
#pragma once

#include <chrono>

namespace stile::worker {

class Turn {
 public:
  virtual ~Turn() = default;

  /// The peer makes this thread wait: from now on another one may work in its place. False: too many wait already, and
  /// this peer is to be given up. Each true is followed by one end_wait().
  virtual bool begin_wait() = 0;
  virtual void end_wait() = 0;

  /// The function is about to run: blocks until fewer than its concurrency do. True where it had to wait for that. Each is
  /// followed by one end_run(), which is told how long it ran.
  virtual bool begin_run() = 0;
  virtual void end_run(std::chrono::nanoseconds took) = 0;
};

}  // namespace stile::worker
