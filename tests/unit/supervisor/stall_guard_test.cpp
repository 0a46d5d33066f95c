#include "supervisor/stall_guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/process.hpp"

using namespace stile;
using namespace std::chrono_literals;
using supervisor::StallGuard;

TEST_CASE("a call that does not return fails with EINTR, as often as it is made") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const posix::Fd one(ends[0]);
  const posix::Fd other(ends[1]);
  StallGuard guard(20ms);
  for (int i = 0; i < 3; ++i) {
    char byte = 0;
    guard.begin();
    CHECK(::read(one.get(), &byte, 1) == -1);
    CHECK(errno == EINTR);
    guard.end();
  }
}

TEST_CASE("what is quick is left alone, and a guard that has nothing to do ends at once") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const posix::Fd reader(ends[0]);
  const posix::Fd writer(ends[1]);
  const auto begun = std::chrono::steady_clock::now();
  {
    StallGuard guard(1h);
    for (int i = 0; i < 1000; ++i) {
      guard.begin();
      guard.end();
    }
    guard.begin();
    CHECK(::write(writer.get(), "x", 1) == 1);
    char byte = 0;
    CHECK(::read(reader.get(), &byte, 1) == 1);
    guard.end();
  }
  CHECK(std::chrono::steady_clock::now() - begun < 30min);
}

// Who may do that is of the child's account: it stops it between what it is after vfork and what it executes.
TEST_CASE("a child that is stopped before it has executed is killed, and who started it goes on") {
  supervisor::EventLoop loop;
  const posix::Fd shell(::open("/bin/sh", O_RDONLY | O_CLOEXEC));
  supervisor::Command command;
  command.executable = shell.get();
  command.arguments = {"sh", "-c", "exit 0"};
  StallGuard guard(50ms);
  bool was_killed = false;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!was_killed && std::chrono::steady_clock::now() < deadline) {
    std::atomic<bool> is_over{false};
    std::atomic<pid_t> stopped{0};
    std::thread attacker([&] {
      while (!is_over && stopped == 0) {
        const pid_t child = supervisor::Process::being_started();
        if (child > 0 && ::kill(child, SIGSTOP) == 0) stopped = child;
      }
    });
    supervisor::Ending ending;
    guard.begin();
    const supervisor::Process process(loop, command, [&](supervisor::Ending how) {
      ending = how;
      loop.stop();
    });
    guard.end();
    is_over = true;
    attacker.join();
    process.signal(SIGCONT);  // where it was stopped too late, and has executed
    loop.run();
    was_killed = ending.signal == SIGKILL;
    if (!was_killed) CHECK(ending.clean());
#ifdef __SANITIZE_THREAD__
    return;  // whose vfork is a fork: nobody waits for the child
#endif
  }
  CHECK(was_killed);
}
