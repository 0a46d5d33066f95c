// One request and its answer on a connection: reads it whole, runs the function, writes the answer whole.
// Knows nothing of where connections come from. Any number of threads, each with Locals of its own; blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "endpoint/dispatcher.hpp"
#include "lending/recorder.hpp"
#include "worker/refusals.hpp"
#include "worker/request_parts.hpp"
#include "worker/slow_calls.hpp"
#include "worker/turn.hpp"
#include "worker/usage.hpp"

namespace stile::worker {

/// What all threads share.
struct Service {
  Dispatcher& dispatcher;
  LogSink& log;
  std::uint64_t max_body;
  std::chrono::milliseconds timeout;  ///< for a request to come in whole, and for its answer to go out
  Usage& usage;
  lending::Recorder& recorder;
  SlowCalls* slow = nullptr;     ///< null: no request is slow
  Refusals* refusals = nullptr;  ///< null: whoever is answered by 401 may ask on
};

enum class After {
  keep,  ///< at a record boundary, and the peer keeps it
  end    ///< of no further use
};

/// Blocks until a request has come and is answered, or the connection has failed.
After serve_request(int fd, const Service& service, Locals& locals, Turn& turn);

/// Once for each process, before the first of them: a child that a function forks, and that comes back from the function
/// instead of ending, would answer and serve beside its parent. From now on it ends. Throws std::system_error.
void watch_for_forks();

/// The rendered answer of the function to a request that has been read whole. What it prints belongs to this
/// request.
std::string run_function(Incoming& incoming, const Service& service, Locals& locals);

/// The rendered answer to a request that is refused.
std::string refuse(const Problem& problem, const Incoming& incoming);

/// Throws Problem 413 where the body is larger than the function's largest.
void check_size(const Incoming& incoming, const Service& service);

}  // namespace stile::worker
