// What systemd hears of this server (sd_notify(3)), where it is systemd that has started it: that it serves, that it
// stops, and from its event loop that this still turns. Knows nothing of what it serves. One thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

class Notifier {
 public:
  /// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment: no child shall speak in our name. Where
  /// they are not there it does nothing, ever. Throws Failure where they make no sense.
  explicit Notifier(EventLoop& loop);

  /// It serves; from now on the loop tells that it turns, as often as systemd wants to hear it.
  void ready(const std::string& status);
  /// It stops, which may take that long.
  void stopping(std::chrono::milliseconds at_most);

 private:
  void send(std::string_view text) const;
  void keep_alive();

  EventLoop& loop_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  posix::Fd socket_;  // none: nobody listens
  std::optional<std::chrono::microseconds> interval_;
  EventLoop::Timer timer_;
};

}  // namespace stile::supervisor
