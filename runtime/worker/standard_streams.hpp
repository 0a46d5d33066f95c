// What a function prints - std::cout, std::cerr, std::clog, stdout, stderr - as lines of the log, tagged with
// the request that the printing thread serves. Knows nothing of requests but their ids. Any thread: each
// gathers its own lines, so that those of two threads never mix. What is written to descriptors 1 and 2
// directly is not met here.
#pragma once

#include <string_view>

#include <stile/log.hpp>

namespace stile::worker {

/// From now on, until the process ends. `sink` must live as long. Once for each process, before it has
/// threads. Throws std::system_error.
void capture_standard_streams(LogSink& sink);

/// While it lives, what this thread prints belongs to that request. `id` is borrowed. What is printed last
/// without a newline becomes a line when it ends.
class PrintsFor {
 public:
  explicit PrintsFor(std::string_view id);
  ~PrintsFor();
  PrintsFor(const PrintsFor&) = delete;
  PrintsFor& operator=(const PrintsFor&) = delete;
};

}  // namespace stile::worker
