// Peers that are slow, silent, or gone: they cost nobody but themselves.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

const CgiRequest hello{.uri = "/api/hello"};
const CgiRequest options_of_gate{.method = "OPTIONS", .uri = "/api/gate"};
constexpr std::size_t half = 40;

// One that stops within its request for hello.
FastCgiConnection silent_peer(const LoneWorker& worker) {
  auto connection = worker.connect();
  connection.send(hello.bytes().substr(0, half));
  return connection;
}

TEST_CASE("peers that stop within a request delay nobody") {
  const LoneWorker worker("hello", {"--concurrency", "1"});
  std::vector<FastCgiConnection> silent;
  for (int i = 0; i < 20; ++i) {
    silent.push_back(silent_peer(worker));
    CHECK(worker.connect().exchange(hello).status == 200);
  }
  for (auto& connection : silent) {  // and are answered once they go on
    connection.send(hello.bytes().substr(half));
    CHECK(connection.receive().status == 200);
    CHECK(connection.exchange(hello).status == 200);
  }
}

TEST_CASE("the threads that stood in for others end when they are not needed any more") {
  const LoneWorker worker("hello", {"--concurrency", "1"});
  std::vector<FastCgiConnection> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(silent_peer(worker));
  REQUIRE(eventually([&] { return thread_count(worker.process().pid()) >= 20; }));
  silent.clear();
  CHECK(eventually([&] {
    worker.connect().exchange(hello);  // which is what tells a thread that it is one too many
    return thread_count(worker.process().pid()) == 2;
  }));
}

TEST_CASE("no peer waits until the kernel has made room for its descriptor") {
  const LoneWorker worker("hello");
  REQUIRE(worker.connect().exchange(hello).status == 200);
  const std::string status = read_file("/proc/" + std::to_string(worker.process().pid()) + "/status");
  const auto line = status.find("FDSize:");
  REQUIRE(line != std::string::npos);
  CHECK(std::stol(status.substr(line + 7)) >= 1024);
}

TEST_CASE("a peer that never reads its answer delays nobody") {
  const LoneWorker worker("bytes", {"--concurrency", "1"});
  std::vector<FastCgiConnection> deaf;
  for (int i = 0; i < 5; ++i) {
    deaf.push_back(worker.connect());
    deaf.back().send(CgiRequest{.uri = "/api/bytes?size=5000000"});
  }
  CHECK(worker.connect().exchange({.uri = "/api/bytes?size=1"}).status == 200);
  CHECK(deaf.front().receive().body.size() == 5'000'000);
}

TEST_CASE("a peer that is too slow is cut when the function's time is up, and leaves no descriptor") {
  const LoneWorker worker("bytes", {"--concurrency", "1", "--timeout-ms", "200"});
  const auto is_served = [&] {
    return worker.connect().exchange({.uri = "/api/bytes?size=1"}).status == 200;
  };
  REQUIRE(is_served());
  const std::size_t before = open_descriptors(worker.process().pid());
  SECTION("one that stops") { CHECK(silent_peer(worker).is_closed_without_answer()); }
  SECTION("one that goes on byte by byte") {
    auto trickling = worker.connect();
    const std::string bytes =
        CgiRequest{.method = "POST", .uri = "/api/bytes", .body = std::string(900'000, 'x')}.bytes();
    const auto send_all = [&] {
      for (const char byte : bytes) trickling.send({&byte, 1});
    };
    CHECK_THROWS(send_all());
  }
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) <= before; }));
  CHECK(is_served());
}

TEST_CASE("a peer that never reads is cut when the function's time is up") {
  const LoneWorker worker("bytes", {"--timeout-ms", "200"});
  auto kept = worker.connect();
  REQUIRE(kept.exchange({.uri = "/api/bytes?size=1"}).status == 200);
  const std::size_t before = open_descriptors(worker.process().pid());
  auto deaf = worker.connect();
  deaf.send(CgiRequest{.uri = "/api/bytes?size=5000000"});
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) > before; }));
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) == before; }));
  CHECK_THROWS(deaf.receive());  // what was sent by then, and the end
}

TEST_CASE("a peer that reads its answer byte by byte is cut when the function's time is up") {
  const LoneWorker worker("bytes", {"--concurrency", "1", "--timeout-ms", "200"});
  auto kept = worker.connect();
  REQUIRE(kept.exchange({.uri = "/api/bytes?size=1"}).status == 200);
  auto trickling = worker.connect();
  trickling.send(CgiRequest{.uri = "/api/bytes?size=50000000"});
  std::size_t size = 0;
  for (; trickling.receive_byte(); ++size) {
    if (size % 100'000 == 0) REQUIRE(kept.exchange({.uri = "/api/bytes?size=1"}).status == 200);
  }
  CHECK(size < 50'000'000);
}

TEST_CASE("beyond the peers that are waited for, slow ones are cut, and others are served") {
  const LoneWorker worker("hello", {"--concurrency", "1"});
  std::vector<FastCgiConnection> silent;
  constexpr int most_stalled = 256;
  for (int i = 0; i < most_stalled; ++i) silent.push_back(silent_peer(worker));
  REQUIRE(eventually([&] { return thread_count(worker.process().pid()) > most_stalled; }));
  for (int i = 0; i < 20; ++i) {
    CHECK(silent_peer(worker).is_closed_without_answer());
    CHECK(worker.connect().exchange(hello).status == 200);
  }
  silent.front().send(hello.bytes().substr(half));
  CHECK(silent.front().receive().status == 200);
}

TEST_CASE("a request whose client has gone before its turn does not run") {
  const LoneWorker worker("gate", {"--concurrency", "1"});
  Gate gate;
  auto first = worker.connect();
  first.send(gate.request());
  gate.await_arrival();
  auto gone = worker.connect();
  gone.send(gate.request());
  gone.close();
  gate.open_one();
  CHECK(first.receive().status == 200);
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
  CHECK_FALSE(gate.has_more_arrivals());
}

TEST_CASE("a request that takes longer than it should is told of once, with the place where it is") {
  const LoneWorker worker("gate", {"--slow-ms", "20", "--concurrency", "2"});
  Gate gate;
  auto first = worker.connect();
  auto request = gate.request();
  request.more.emplace_back("REQUEST_ID", "slow-one");
  first.send(request);
  gate.await_arrival();
  const auto line = worker.process().wait_for_line(Stream::err, "runs for more than");
  CHECK_THAT(line, Catch::StartsWith("warning slow-one: runs for more than 20 ms"));
#ifndef STILE_TEST_SANITIZED
  CHECK_THAT(line, Catch::Contains(", in: ") && Catch::Contains("read") && Catch::Contains("GET"));
#endif
  CHECK_THAT(line, !Catch::Contains("Dispatcher"));
  auto second = worker.connect();
  request.more.back().second = "slow-two";
  second.send(request);
  gate.await_arrival();
  worker.process().wait_for_line(Stream::err, "warning slow-two: runs for more than 20 ms");
  gate.open_one();
  gate.open_one();
  CHECK(first.receive().body == R"({"passed":true})");  // the read was not interrupted
  CHECK(second.receive().body == R"({"passed":true})");
  CHECK(worker.stop().clean());
  const auto log = worker.process().text(Stream::err);
  CHECK(std::count(log.begin(), log.end(), '\n') == 2);
}

TEST_CASE("where nothing is slow nobody watches") {
  const auto threads = [](const std::vector<std::string>& arguments) {
    const LoneWorker worker("hello", arguments);
    REQUIRE(worker.connect().exchange(hello).status == 200);
    return thread_count(worker.process().pid());
  };
  CHECK(threads({"--concurrency", "1"}) + 1 == threads({"--concurrency", "1", "--slow-ms", "1000"}));
}

TEST_CASE("a function can ask whether its client has gone") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "patient");
  auto connection = slot.connect();
  worker.lend(connection);
  connection.client.send(CgiRequest{.method = "POST", .uri = "/api/patient"});
  REQUIRE(eventually([&] { return worker.recording().running.size() == 1; }));
  CHECK(worker.process().text(Stream::err).empty());
  connection.client.close();
  worker.process().wait_for_line(Stream::err, "the client has gone");
}

TEST_CASE("a function can ask how long its client waits") {
  const LoneWorker worker("patient", {"--timeout-ms", "60000"});
  const auto left = std::stol(worker.connect().exchange({.uri = "/api/patient"}).body);
  CHECK(left > 0);
  CHECK(left <= 60'000);
  const auto invoked = run({worker_program("patient"), "--invoke", "GET", "/api/patient"});
  CHECK_THAT(invoked.out, Catch::EndsWith("\"as long as it likes\""));
}

}  // namespace
}  // namespace stile::test
