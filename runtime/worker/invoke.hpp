// One request in this process, on the calling thread, for a terminal and a debugger: no socket, no other
// thread.
#pragma once

#include <string>

#include "worker/arguments.hpp"
#include "worker/exchange.hpp"

namespace stile::worker {

/// The answer as HTTP would show it: a status line, headers, an empty line, the body. Throws Failure where
/// the body's file can't be read, UsageError for a header without a colon.
std::string invoke(const Arguments& arguments, const Service& service);

}  // namespace stile::worker
