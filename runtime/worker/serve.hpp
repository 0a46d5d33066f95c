// A worker at work, until it is told to leave: the control thread (whoever calls this) and its handler
// threads.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "worker/exchange.hpp"

namespace stile::worker {

enum class Supervision { supervised, alone };

/// Where the next supervisor is found when this one has died, and what it is told.
struct Succession {
  std::string socket;  ///< empty: nowhere
  std::string slot;
};

/// Blocks until it has answered all it has, after the supervisor's `drain`, SIGTERM or SIGINT. These two
/// signals must be blocked in all threads (block_signals()). A worker whose supervisor dies goes on
/// alone, until there is another one: it gets the connections, and this worker leaves.
/// Throws Failure where the descriptors that it needs are not there, std::system_error for what no worker can
/// live without.
void serve(Supervision supervision, const Succession& succession, const Service& service,
           std::uint32_t concurrency);

/// In the main thread, before there are others.
void block_signals();

}  // namespace stile::worker
