#include "worker/connections.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

namespace stile::worker {
namespace {

using lending::ConnectionId;
using lending::Fate;
using lending::State;

posix::Fd copy_of(int fd) { return posix::Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

struct Pair {
  posix::Fd one;
  posix::Fd other;
  explicit Pair(int type) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) == 0);
    one.reset(ends[0]);
    other.reset(ends[1]);
  }
};

void say_something(const posix::Fd& client) { REQUIRE(::send(client.get(), "x", 1, MSG_NOSIGNAL) == 1); }

bool is_closed(const posix::Fd& client) {
  char byte = 0;
  return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

// The supervisor's side of a worker's connections.
struct Lender {
  lending::Table table = lending::Table::create(4);
  Pair control{SOCK_SEQPACKET};
  Connections connections{lending::Table::map(copy_of(table.memory())), control.other.get()};

  posix::Fd lend(ConnectionId id) {
    Pair pair(SOCK_STREAM);
    table.store(id, State::idle);
    connections.lend(id, std::move(pair.other));
    return std::move(pair.one);
  }
  State state(ConnectionId id) const { return table.load(id.index).state(); }
  lending::Message returned() const {
    REQUIRE(::recv(control.one.get(), nullptr, 0, MSG_PEEK | MSG_DONTWAIT) != -1);
    return lending::receive(control.one.get()).packet.value().message;
  }
  bool nothing_returned() const {
    char byte = 0;
    return ::recv(control.one.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1;
  }
};

constexpr ConnectionId first{1, 5};

TEST_CASE("a connection that has something to read is claimed by one thread") {
  Lender lender;
  const auto client = lender.lend(first);
  say_something(client);
  REQUIRE(lender.connections.next()->id == first);
  CHECK(lender.connections.claim(first) != -1);
  CHECK(lender.connections.claim(first) == -1);  // and the holder is told
  CHECK(lender.state(first) == State::wanted);
  CHECK_FALSE(lender.connections.let_go(first));
  CHECK(lender.connections.let_go(first));
  CHECK(lender.state(first) == State::idle);
}

TEST_CASE("a connection that was let go is watched again") {
  Lender lender;
  const auto client = lender.lend(first);
  say_something(client);
  REQUIRE(lender.connections.next()->id == first);
  REQUIRE(lender.connections.claim(first) != -1);
  REQUIRE(lender.connections.let_go(first));
  CHECK(lender.connections.next()->id == first);  // what was said was not read
}

TEST_CASE("drained, idle connections go back at once, and busy ones when they are let go") {
  Lender lender;
  const ConnectionId second{2, 1};
  const auto idle = lender.lend(first);
  const auto busy = lender.lend(second);
  say_something(busy);
  REQUIRE(lender.connections.next()->id == second);
  REQUIRE(lender.connections.claim(second) != -1);
  lender.connections.drain();
  auto message = lender.returned();
  CHECK(message.connection == first);
  CHECK(message.fate == Fate::kept);
  CHECK(lender.state(first) == State::released);
  CHECK_FALSE(lender.connections.empty());
  CHECK(lender.connections.let_go(second));
  message = lender.returned();
  CHECK(message.connection == second);
  CHECK(message.fate == Fate::kept);
  CHECK(lender.connections.empty());
}

// The thread that held it has looked whether it is to be given back before the drain began, and set it idle behind it.
TEST_CASE("what begins once it is drained is left to the next worker, whoever finds it first") {
  Lender lender;
  const auto client = lender.lend(first);
  say_something(client);
  REQUIRE(lender.connections.next()->id == first);
  REQUIRE(lender.connections.claim(first) != -1);
  lender.connections.drain();
  lender.table.store(first, State::idle);
  CHECK(lender.connections.claim(first) == -1);
  const auto message = lender.returned();
  CHECK(message.connection == first);
  CHECK(message.fate == Fate::kept);
  CHECK(lender.state(first) == State::released);
  CHECK(lender.connections.empty());
}

TEST_CASE("drained for good, what has come in is answered before its connection goes back") {
  Lender lender;
  const ConnectionId second{2, 1};
  const auto idle = lender.lend(first);
  const auto waiting = lender.lend(second);
  say_something(waiting);
  lender.connections.drain(Connections::Unread::answered);
  CHECK(lender.returned().connection == first);
  CHECK(lender.state(second) == State::idle);
  REQUIRE(lender.connections.next()->id == second);
  const int fd = lender.connections.claim(second);
  REQUIRE(fd != -1);
  CHECK_FALSE(lender.connections.let_go(second));  // not read yet
  std::array<char, 64> buffer{};
  REQUIRE(::read(fd, buffer.data(), buffer.size()) > 0);
  CHECK(lender.connections.let_go(second));
  const auto message = lender.returned();
  CHECK(message.connection == second);
  CHECK(message.fate == Fate::ended);
  CHECK(lender.connections.empty());
  CHECK(is_closed(idle));  // though the supervisor has not done anything yet
  CHECK(is_closed(waiting));
}

TEST_CASE("an event that comes late does not touch what the connection has become") {
  Lender lender;
  const auto client = lender.lend(first);
  say_something(client);
  REQUIRE(lender.connections.next()->id == first);  // a thread that is slow from here on
  lender.connections.drain();
  REQUIRE(lender.returned().connection == first);
  const ConnectionId again{first.index, first.generation + 1};
  lender.table.store(again, State::idle);  // lent to the next worker
  CHECK(lender.connections.claim(first) == -1);
  CHECK(lender.state(again) == State::idle);
}

TEST_CASE("a connection that ends is poisoned and returned as ended") {
  Lender lender;
  const auto client = lender.lend(first);
  say_something(client);
  REQUIRE(lender.connections.next()->id == first);
  REQUIRE(lender.connections.claim(first) != -1);
  lender.connections.end(first);
  const auto message = lender.returned();
  CHECK(message.connection == first);
  CHECK(message.fate == Fate::ended);
  CHECK(lender.state(first) == State::poisoned);
  CHECK(lender.connections.empty());
}

TEST_CASE("a number that is in use or beyond the table is refused") {
  Lender lender;
  const auto client = lender.lend(first);
  CHECK_THROWS_AS(lender.lend(first), std::runtime_error);
  CHECK_THROWS_AS(lender.connections.lend({4, 1}, posix::Fd()), std::runtime_error);
  CHECK(lender.nothing_returned());
}

TEST_CASE("connections of its own are shut down, and their numbers used again") {
  Connections connections;
  for (int round = 0; round < 5000; ++round) {  // more than it has numbers
    Pair pair(SOCK_STREAM);
    const posix::Fd copy = copy_of(pair.other.get());  // as a child that a function forked would hold
    REQUIRE(connections.adopt(pair.other));
    say_something(pair.one);
    const auto event = connections.next();
    REQUIRE(event);
    REQUIRE(connections.claim(event->id) != -1);
    connections.end(event->id);
    REQUIRE(is_closed(pair.one));
  }
  CHECK(connections.empty());
}

TEST_CASE("a connection whose peer has gone says so, whatever it sent before") {
  Lender lender;
  auto client = lender.lend(first);
  say_something(client);
  CHECK_FALSE(lender.connections.next()->hung_up);
  REQUIRE(lender.connections.claim(first) != -1);
  client.reset();
  REQUIRE(lender.connections.let_go(first));
  CHECK(lender.connections.next()->hung_up);
}

TEST_CASE("closing wakes every thread that waits, now and later") {
  Connections connections;
  connections.close();
  for (int i = 0; i < 3; ++i) CHECK_FALSE(connections.next());
}

}  // namespace
}  // namespace stile::worker
