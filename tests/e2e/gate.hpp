// A request that runs inside a function until the test lets it go on (tests/e2e/functions/faults/gate.cpp). One
// thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <future>
#include <string>
#include <vector>

#include "posix/fd.hpp"
#include "support/http_client.hpp"

namespace stile::test {

class Gate {
 public:
  /// `base` is the URL of the server without a path; the state directory is made where it is missing.
  Gate(const std::string& base, const std::string& state_directory, const std::string& name);

  std::future<HttpResponse> send(const std::string& method) const;
  /// The processes in which a request has come to the gate, in that order, once there are `count`. Throws where
  /// that takes too long.
  std::vector<pid_t> arrivals(std::size_t count) const;
  /// Opens the gate for all who stand before it, and leaves it open.
  void open();

 private:
  std::string url_;
  std::string path_;
  posix::Fd writer_;  // while it is there, what is read from the FIFO has no end
};

}  // namespace stile::test
