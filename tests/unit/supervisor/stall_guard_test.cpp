#include "supervisor/stall_guard.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>

#include "posix/fd.hpp"

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
