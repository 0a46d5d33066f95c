// A worker that borrows its connections: the test is its supervisor, over the real control socket and table.
#include <fcntl.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

using lending::Fate;
using lending::Kind;
using lending::State;

const CgiRequest hello{.uri = "/api/hello"};

void check_returned(const BorrowingWorker& worker, lending::ConnectionId id, Fate fate) {
  lending::Message message = worker.receive();
  if (message.kind == Kind::leaving) message = worker.receive();
  CHECK(message.kind == Kind::returned);
  CHECK(message.connection == id);
  CHECK(message.fate == fate);
}

TEST_CASE("a lent connection is served, and its word says idle in between") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  auto connection = slot.connect();
  worker.lend(connection);
  for (int i = 0; i < 100; ++i) REQUIRE(connection.client.exchange(hello).status == 200);
  CHECK(eventually([&] { return slot.state(connection.id) == State::idle; }));
}

TEST_CASE("a lent connection's word says busy while its request runs") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate");
  Gate gate;
  auto connection = slot.connect();
  worker.lend(connection);
  connection.client.send(gate.request());
  gate.await_arrival();
  CHECK(slot.state(connection.id) == State::busy);
  gate.open_one();
  CHECK(connection.client.receive().status == 200);
}

TEST_CASE("drained, it returns what is idle at once, what runs when it is answered, and ends with 0") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate", {"--concurrency", "2"});
  Gate gate;
  auto idle = slot.connect();
  auto busy = slot.connect();
  worker.lend(idle);
  worker.lend(busy);
  busy.client.send(gate.request());
  gate.await_arrival();
  worker.drain();
  check_returned(worker, idle.id, Fate::kept);
  CHECK(slot.state(idle.id) == State::released);
  CHECK(slot.state(busy.id) == State::busy);
  gate.open_one();
  CHECK(busy.client.receive().status == 200);
  check_returned(worker, busy.id, Fate::kept);
  CHECK(slot.state(busy.id) == State::released);
  CHECK(worker.wait().clean());
}

TEST_CASE("asked whether it still hears, a worker says so, whatever runs") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate", {"--concurrency", "1"});
  Gate gate;
  auto connection = slot.connect();
  worker.lend(connection);
  connection.client.send(gate.request());
  gate.await_arrival();
  REQUIRE(lending::send(worker.control(), {Kind::ping, {}, {}}) == lending::Sent::done);
  CHECK(worker.receive().kind == Kind::pong);
  gate.open_one();
  CHECK(connection.client.receive().status == 200);
}

TEST_CASE("a worker asks to be replaced once it has served enough, once, and serves on meanwhile") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello", {"--max-requests", "5"});
  auto connection = slot.connect();
  worker.lend(connection);
  for (int i = 0; i < 20; ++i) REQUIRE(connection.client.exchange(hello).status == 200);
  const auto message = worker.receive();
  CHECK(message.kind == Kind::replace);
  CHECK(message.connection.index == static_cast<std::uint32_t>(lending::Reason::requests));
  worker.drain();
  check_returned(worker, connection.id, Fate::kept);
}

TEST_CASE("a worker asks to be replaced once it holds too much memory") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "bytes", {"--max-memory", "1048576"});
  auto connection = slot.connect();
  worker.lend(connection);
  const CgiRequest large{.method = "POST", .uri = "/api/bytes", .body = std::string(900'000, 'x')};
  CHECK(connection.client.exchange(large).status == 200);
  const auto message = worker.receive();
  CHECK(message.kind == Kind::replace);
  CHECK(message.connection.index == static_cast<std::uint32_t>(lending::Reason::memory));
}

TEST_CASE("drained with nothing to return, it says that it leaves, and ends") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  worker.drain();
  CHECK(worker.receive().kind == Kind::leaving);
  CHECK(worker.wait().clean());
}

TEST_CASE("a connection goes from worker to worker, and what waits in it waits for the next") {
  FakeSlot slot;
  auto connection = slot.connect();
  for (int i = 0; i < 3; ++i) {
    BorrowingWorker worker(slot, "hello");
    worker.lend(connection);
    if (i > 0) CHECK(connection.client.receive().status == 200);
    CHECK(connection.client.exchange(hello).status == 200);
    worker.drain();
    check_returned(worker, connection.id, Fate::kept);
    connection.client.send(hello);  // nobody borrows it now
    CHECK(worker.wait().clean());
  }
}

TEST_CASE("a connection that is of no further use is returned as ended, and never used again") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  auto connection = slot.connect();
  worker.lend(connection);
  SECTION("the peer does not keep it") {
    CHECK(connection.client.exchange({.uri = "/api/hello", .keep = Keep::nothing}).status == 200);
  }
  SECTION("the peer has hung up") { connection.client.close(); }
  SECTION("the peer breaks the protocol") { connection.client.send("no FastCGI at all"); }
  SECTION("the peer sends two requests at once") {
    connection.client.send(hello.bytes() + hello.bytes());
    CHECK(connection.client.receive().status == 200);
  }
  check_returned(worker, connection.id, Fate::ended);
  CHECK(slot.state(connection.id) == State::poisoned);
}

TEST_CASE("a connection whose descriptor was lost on the way is returned as ended") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  REQUIRE(lending::send(worker.control(), {Kind::lend, {5, 1}, {}}) == lending::Sent::done);
  check_returned(worker, {5, 1}, Fate::ended);
}

TEST_CASE("a supervisor that breaks the protocol is not served") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  auto connection = slot.connect();
  SECTION("a message that only a worker may send") { lending::send(worker.control(), {Kind::ready, {}, {}}); }
  SECTION("a number beyond the table") {
    lending::send(worker.control(), {Kind::lend, {64, 1}, {}}, connection.copy.get());
  }
  SECTION("a number that is in use") {
    worker.lend(connection);
    worker.lend(connection);
  }
  CHECK(worker.wait().code == 1);
}

TEST_CASE("told to leave by a signal, it returns its connections all the same") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  auto connection = slot.connect();
  worker.lend(connection);
  CHECK(connection.client.exchange(hello).status == 200);
  worker.process().signal(SIGTERM);
  check_returned(worker, connection.id, Fate::kept);
  CHECK(worker.wait().clean());
}

TEST_CASE("a worker whose supervisor dies serves on, and accepts by itself") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "hello");
  auto connection = slot.connect();
  worker.lend(connection);
  CHECK(connection.client.exchange(hello).status == 200);
  worker.lose_supervisor();
  connection.copy.reset();
  for (int i = 0; i < 10; ++i) {
    CHECK(connection.client.exchange(hello).status == 200);
    FastCgiConnection accepted(slot.listener().path());
    CHECK(accepted.exchange(hello).status == 200);
    CHECK(accepted.exchange({.uri = "/api/hello", .keep = Keep::nothing}).status == 200);
    CHECK(accepted.is_closed_without_answer());
  }
  worker.process().signal(SIGTERM);
  CHECK(connection.client.is_closed_without_answer());
  CHECK(worker.wait().clean());
}

TEST_CASE("a request that runs while the supervisor dies is answered") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate");
  Gate gate;
  auto connection = slot.connect();
  worker.lend(connection);
  connection.client.send(gate.request());
  gate.await_arrival();
  worker.lose_supervisor();
  worker.process().wait_for_line(Stream::err, "the supervisor is gone");
  gate.open_one();
  CHECK(connection.client.receive().status == 200);
}

// Callers that never pause, each on a connection of its own.
class Load {
 public:
  Load(FakeSlot& slot, int callers) {
    for (int i = 0; i < callers; ++i)
      connections_.push_back(std::make_unique<LentConnection>(slot.connect()));
    for (auto& connection : connections_) {
      threads_.emplace_back([this, &client = connection->client] { call(client); });
    }
  }
  ~Load() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  const std::vector<std::unique_ptr<LentConnection>>& connections() const { return connections_; }
  /// Waits until that many more have been answered.
  bool goes_on(int count) const {
    const int before = answered_;
    return eventually([&] { return answered_ >= before + count || failed_ > 0; }) && failed_ == 0;
  }
  int failed() const { return failed_; }

 private:
  void call(FastCgiConnection& client) {
    try {
      for (int i = 0; !over_; ++i) {
        const std::string body = "request " + std::to_string(i);
        const auto answer = client.exchange({.method = "POST", .uri = "/api/bytes", .body = body});
        ++(answer.body == body ? answered_ : failed_);
      }
    } catch (const std::exception&) {
      ++failed_;
    }
  }

  std::vector<std::unique_ptr<LentConnection>> connections_;
  std::vector<std::thread> threads_;
  std::atomic<bool> over_{false};
  std::atomic<int> answered_{0};
  std::atomic<int> failed_{0};
};

TEST_CASE(
    "workers replace each other under load: none is left behind, no request is lost or answered twice") {
  constexpr int replacements = 25;
  FakeSlot slot;
  auto worker =
      std::make_unique<BorrowingWorker>(slot, "bytes", std::vector<std::string>{"--concurrency", "4"});
  Load load(slot, 8);
  for (const auto& connection : load.connections()) worker->lend(*connection);
  for (int i = 0; i < replacements; ++i) {
    CHECK(load.goes_on(100));
    auto next =
        std::make_unique<BorrowingWorker>(slot, "bytes", std::vector<std::string>{"--concurrency", "4"});
    worker->drain();
    for (std::size_t returned = 0; returned < load.connections().size();) {
      const auto message = worker->receive();
      if (message.kind == Kind::leaving) continue;
      ++returned;
      REQUIRE(message.fate == Fate::kept);
      next->lend(*load.connections().at(message.connection.index));
    }
    REQUIRE(worker->wait().clean());
    worker = std::move(next);
  }
  CHECK(load.goes_on(100));
  CHECK(load.failed() == 0);
}

}  // namespace
}  // namespace stile::test
