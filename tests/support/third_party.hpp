// An HTTP service of somebody else's, as a function that asks one meets it: what it answers is up to the test, well-formed or
// not. Threads of its own; ended with its object.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "posix/fd.hpp"
#include "support/network.hpp"

namespace stile::test {

class ThirdParty {
 public:
  /// From a request's first line ("GET /now HTTP/1.1") to the bytes of its answer. Nothing: it never answers. One with
  /// "Connection: close" is the last that is sent. Runs in several threads.
  using Answering = std::function<std::string(const std::string& line)>;
  explicit ThirdParty(Answering answering);
  ~ThirdParty();
  ThirdParty(const ThirdParty&) = delete;
  ThirdParty& operator=(const ThirdParty&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

 private:
  void accept();
  void serve(int connection);

  Answering answering_;
  Listener listener_;
  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::vector<posix::Fd> open_;  // of the accepting thread, until it has ended
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

/// An answer with that status and body, after which the connection is kept.
std::string http_answer(int status, const std::string& body, const std::string& headers = {});

}  // namespace stile::test
