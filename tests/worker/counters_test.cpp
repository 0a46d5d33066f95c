// What a worker counts, read as the supervisor and `stile status` do.
#include "lending/counters.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>

#include "support/eventually.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

std::uint64_t all_latencies(const lending::Counts& counts) {
  return std::accumulate(counts.latencies.begin(), counts.latencies.end(), std::uint64_t{0});
}

TEST_CASE("a worker counts what runs, what waits for its turn, and what is answered") {
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate", {"--concurrency", "1"});
  CHECK(worker.counts().last_active.count() == 0);
  Gate gate;
  auto first = slot.connect();
  auto second = slot.connect();
  worker.lend(first);
  worker.lend(second);
  // What comes while all threads are busy is not read, and not known to wait: so one that is half read goes first.
  const auto late = gate.request().bytes();
  second.client.send(late.substr(0, late.size() / 2));
  REQUIRE(eventually([&] { return slot.state(second.id) == lending::State::busy; }));
  first.client.send(gate.request());
  gate.await_arrival();
  CHECK(worker.counts().waiting == 0);
  second.client.send(late.substr(late.size() / 2));
  REQUIRE(eventually([&] { return worker.counts().waiting == 1; }));
  auto counts = worker.counts();
  CHECK(counts.begun == 1);
  CHECK(counts.running == 1);
  CHECK(counts.answered == 0);
  gate.open_one();
  gate.await_arrival();
  gate.open_one();
  CHECK(first.client.receive().status == 200);
  CHECK(second.client.receive().status == 200);
  counts = worker.counts();
  CHECK(counts.begun == 2);
  CHECK(counts.answered == 2);
  CHECK(counts.failed == 0);
  CHECK(counts.running == 0);
  CHECK(counts.waiting == 0);
  CHECK(all_latencies(counts) == 2);
  CHECK(counts.last_active > before);
  CHECK(counts.last_active <= std::chrono::steady_clock::now().time_since_epoch());
}

TEST_CASE("an answer of 500 or more counts as failed, and no other") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "failing/{how}");
  auto connection = slot.connect();
  worker.lend(connection);
  CHECK(connection.client.exchange({.uri = "/api/failing/no"}).status == 200);
  CHECK(connection.client.exchange({.uri = "/api/failing/problem"}).status == 409);
  CHECK(worker.counts().failed == 0);
  CHECK(connection.client.exchange({.uri = "/api/failing/exception"}).status == 500);
  CHECK(worker.counts().failed == 1);
  CHECK(worker.counts().answered == 3);
}

TEST_CASE("so does one whose headers are too large to be sent") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "bytes");
  auto connection = slot.connect();
  worker.lend(connection);
  CHECK(connection.client.exchange({.method = "PUT", .uri = "/api/bytes?size=9000"}).status == 500);
  CHECK(worker.counts().failed == 1);
}

}  // namespace
}  // namespace stile::test
