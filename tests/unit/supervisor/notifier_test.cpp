// What the notifier says, to a socket that stands for systemd's.
#include "supervisor/notifier.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "posix/failure.hpp"
#include "support/notification_socket.hpp"

using namespace std::chrono_literals;
using stile::supervisor::EventLoop;
using stile::supervisor::Notifier;
using stile::test::NotificationSocket;

namespace {

void set_variables(const std::string& socket, const std::string& limit = "", const std::string& pid = "") {
  ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
  ::setenv("WATCHDOG_USEC", limit.c_str(), 1);
  ::setenv("WATCHDOG_PID", pid.c_str(), 1);
}

}  // namespace

TEST_CASE("systemd hears of the beginning and the end, and the children get no means to speak to it") {
  const auto where = GENERATE(NotificationSocket::Where::path, NotificationSocket::Where::abstract);
  const NotificationSocket systemd(where);
  EventLoop loop;
  set_variables(systemd.name(), "2000000");
  Notifier notifier(loop);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    CHECK(std::getenv(name) == nullptr);
  CHECK_FALSE(systemd.has_pending());
  notifier.ready("all is well");
  CHECK(systemd.receive() == "READY=1\nSTATUS=all is well");
  CHECK(systemd.receive() == "WATCHDOG=1");
  notifier.stopping(35s);
  CHECK(systemd.receive() ==
        "STOPPING=1\nSTATUS=running requests are answered\nEXTEND_TIMEOUT_USEC=35000000");
}

TEST_CASE("the loop says that it turns, again and again") {
  const NotificationSocket systemd;
  EventLoop loop;
  set_variables(systemd.name(), "2000", std::to_string(::getpid()));
  Notifier notifier(loop);
  notifier.ready("");
  CHECK(systemd.receive() == "READY=1\nSTATUS=");
  int heard = 0;
  const auto watch = loop.watch(systemd.fd(), EPOLLIN, [&](std::uint32_t) {
    CHECK(systemd.receive() == "WATCHDOG=1");
    if (++heard == 5) loop.stop();
  });
  loop.run();
  CHECK(heard == 5);
}

TEST_CASE("a watchdog for somebody else, or none, hears nothing") {
  const NotificationSocket systemd;
  EventLoop loop;
  const std::string limit = GENERATE("", "2000");
  set_variables(systemd.name(), limit, limit.empty() ? "" : "1");
  Notifier notifier(loop);
  notifier.ready("");
  CHECK(systemd.receive() == "READY=1\nSTATUS=");
  const auto end = loop.after(20ms, [&] { loop.stop(); });
  loop.run();
  CHECK_FALSE(systemd.has_pending());
}

TEST_CASE("without systemd nothing is said") {
  EventLoop loop;
  set_variables("", "2000");
  Notifier notifier(loop);
  notifier.ready("");
  notifier.stopping(1s);
}

TEST_CASE("what systemd would never set is refused in one line") {
  EventLoop loop;
  for (const std::string& name : {std::string("relative"), "/" + std::string(108, 'x')}) {
    CAPTURE(name);
    set_variables(name);
    CHECK_THROWS_AS(Notifier(loop), stile::Failure);
  }
  for (const char* limit : {"often", "0", "-1", "1s"}) {
    CAPTURE(limit);
    set_variables("", limit);
    CHECK_THROWS_AS(Notifier(loop), stile::Failure);
  }
}
