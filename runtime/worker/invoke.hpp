// One request in this process, on the calling thread, for a terminal and a debugger: no socket, no other
// thread.
#pragma once

#include <string>
#include <vector>

#include "manifest/crash_file.hpp"
#include "worker/arguments.hpp"
#include "worker/exchange.hpp"

namespace stile::worker {

struct Invocation {
  std::string method;
  std::string uri;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
  std::string request_id;  ///< empty: a fresh one
};

/// What --invoke asks for. Throws Failure where the body's file can't be read.
Invocation invocation_of(const Arguments& arguments);

/// What --replay asks for.
Invocation invocation_of(CrashFile crash);

/// The answer as HTTP would show it: a status line, headers, an empty line, the body. Throws UsageError for a header
/// without a colon.
std::string invoke(Invocation invocation, const Service& service);

}  // namespace stile::worker
