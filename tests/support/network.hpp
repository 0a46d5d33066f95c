// The network as bytes: ports, and requests that no HTTP library would send. Knows nothing of what is asked.
// Any thread; blocks up to the given time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "posix/fd.hpp"
#include "support/eventually.hpp"

namespace stile::test {

/// A port of 127.0.0.1 that nobody listens on now. Prefer port 0 where the program can take it: another
/// process may be quicker.
std::uint16_t free_port();

/// A socket that listens on a free port of 127.0.0.1: makes a port one "in use".
class Listener {
 public:
  Listener();
  std::uint16_t port() const { return port_; }
  int fd() const { return socket_.get(); }

 private:
  posix::Fd socket_;
  std::uint16_t port_ = 0;
};

/// One TCP connection to 127.0.0.1.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);

  /// Sends all of it. False where the other side has closed.
  bool send(std::string_view bytes);
  /// What has come until `text` stands in it; returns all received so far, removed from the connection.
  /// Throws where the other side closes first or the time is up, with what came in the message.
  std::string receive_until(std::string_view text, std::chrono::milliseconds within = patience);
  /// What comes until the other side closes. Throws where the time is up, with what came in the message.
  std::string receive_all(std::chrono::milliseconds within = patience);
  /// What comes next, one byte or more; empty where the other side has closed. Throws where the time is up.
  std::string receive(std::chrono::milliseconds within = patience);
  /// Ends our side of the connection: the other one reads its end.
  void finish_sending();

 private:
  bool receive_some(std::chrono::steady_clock::time_point deadline);

  posix::Fd socket_;
  std::string received_;
};

/// Sends the bytes over a connection of their own and returns all that comes until the other side closes it
/// (send "Connection: close").
std::string raw_exchange(std::uint16_t port, std::string_view bytes,
                         std::chrono::milliseconds within = patience);

}  // namespace stile::test
