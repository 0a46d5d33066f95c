#include "supervisor/notifier.hpp"

#include <fmt/core.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "posix/error.hpp"
#include "posix/failure.hpp"

namespace stile::supervisor {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

// Half of what systemd waits for, as sd_watchdog_enabled(3) advises; nothing where it is another process that it watches.
std::optional<std::chrono::microseconds> take_interval() {
  const std::string limit = take_variable("WATCHDOG_USEC");
  const std::string pid = take_variable("WATCHDOG_PID");
  if (limit.empty() || (!pid.empty() && pid != std::to_string(::getpid()))) return std::nullopt;
  std::uint64_t microseconds = 0;
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), microseconds);
  if (error != std::errc{} || end != limit.data() + limit.size() || microseconds < 2) {
    throw Failure(fmt::format("WATCHDOG_USEC={}: it is systemd that sets this, to a number", limit));
  }
  constexpr std::uint64_t hour = 3'600'000'000;
  return std::chrono::microseconds(std::min(microseconds / 2, hour));
}

}  // namespace

Notifier::Notifier(EventLoop& loop) : loop_(loop), interval_(take_interval()) {
  const std::string name = take_variable("NOTIFY_SOCKET");
  if (name.empty()) return;
  const bool is_abstract = name.front() == '@';
  if ((!is_abstract && name.front() != '/') || name.size() >= sizeof(address_.sun_path)) {
    throw Failure(fmt::format("NOTIFY_SOCKET={}: it is systemd that sets this, to a Unix socket", name));
  }
  address_.sun_family = AF_UNIX;
  name.copy(address_.sun_path, name.size());
  if (is_abstract) address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  socket_.reset(posix::check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  // Where systemd does not read it is not we who wait for it.
  const timeval most{1, 0};
  posix::check(::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)), "SO_SNDTIMEO");
}

void Notifier::ready(const std::string& status) {
  send("READY=1\nSTATUS=" + status);
  if (socket_ && interval_) keep_alive();
}

void Notifier::stopping(std::chrono::milliseconds at_most) {
  const std::chrono::microseconds limit = at_most;
  send(
      fmt::format("STOPPING=1\nSTATUS=running requests are answered\nEXTEND_TIMEOUT_USEC={}", limit.count()));
}

void Notifier::keep_alive() {
  send("WATCHDOG=1");
  timer_ = loop_.after(*interval_, [this] { keep_alive(); });
}

void Notifier::send(std::string_view text) const {
  if (!socket_) return;
  // One that is not heard is systemd's affair: it does what its unit says about that.
  ::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

}  // namespace stile::supervisor
