// A worker alone on a listening socket: answers, connections, threads, the way out.
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

const CgiRequest hello{.uri = "/api/hello"};

TEST_CASE("a request is answered in CGI's words") {
  const LoneWorker worker("hello");
  const CgiAnswer answer = worker.connect().exchange(hello);
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.header("Content-Length") == "19");
  CHECK(answer.body == R"({"message":"hello"})");
  CHECK(answer.standard_error.empty());
}

TEST_CASE("a kept connection serves one request after the other") {
  const LoneWorker worker("hello");
  auto connection = worker.connect();
  for (int i = 0; i < 1000; ++i) REQUIRE(connection.exchange(hello).status == 200);
}

TEST_CASE("a connection that the peer does not keep is closed after the answer") {
  const LoneWorker worker("hello");
  auto connection = worker.connect();
  CHECK(connection.exchange({.uri = "/api/hello", .keep = Keep::nothing}).status == 200);
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("HEAD is answered as GET, without its body") {
  const LoneWorker worker("hello");
  auto connection = worker.connect();
  const CgiAnswer answer = connection.exchange({.method = "HEAD", .uri = "/api/hello"});
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Length") == "19");
  CHECK(answer.body.empty());
  CHECK(connection.exchange(hello).body.size() == 19);
}

TEST_CASE("a large binary answer arrives whole") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const std::size_t size = GENERATE(as<std::size_t>{}, 0, 1, 8183, 8184, 8185, 64'000'000);
  CAPTURE(size);
  const std::string body = connection.exchange({.uri = "/api/bytes?size=" + std::to_string(size)}).body;
  REQUIRE(body.size() == size);
  bool same = true;
  for (std::size_t i = 0; i < size; ++i) same = same && body[i] == static_cast<char>(i * 7 + i / 251);
  CHECK(same);
}

TEST_CASE("a large binary body arrives whole") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const std::size_t size = GENERATE(as<std::size_t>{}, 1, 65'535, 65'536, 65'537, 1'000'000);
  CAPTURE(size);
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31 + i / 127);
  CHECK((connection.exchange({.method = "POST", .uri = "/api/bytes", .body = body}).body == body));
}

TEST_CASE("another route can be served instead of the file's own") {
  const LoneWorker worker("hello", {"--prefix", "/v2", "--route", "/other/{any}"});
  auto connection = worker.connect();
  CHECK(connection.exchange({.uri = "/v2/other/one"}).status == 200);
  CHECK(connection.exchange({.uri = "/v2/hello"}).status == 404);
}

TEST_CASE("idle connections cost no thread and delay nobody") {
  const LoneWorker worker("hello", {"--concurrency", "1"});
  std::vector<FastCgiConnection> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(worker.connect());
    if (i % 2 == 0) REQUIRE(idle.back().exchange(hello).status == 200);  // the others never say anything
  }
  auto connection = worker.connect();
  CHECK(connection.exchange(hello).status == 200);
  CHECK(thread_count(worker.process().pid()) == 2);  // the control thread and one that serves
  for (auto& other : idle) REQUIRE(other.exchange(hello).status == 200);
}

TEST_CASE("threads are started as requests need them, up to the function's concurrency") {
  const LoneWorker worker("gate", {"--concurrency", "3"});
  Gate gate;
  std::vector<FastCgiConnection> connections;
  for (int i = 0; i < 6; ++i) {
    connections.push_back(worker.connect());
    connections.back().send(gate.request());
    if (i < 3) gate.await_arrival();
  }
  // Three run, and wait at the gate; the fourth begins when the first of them has been let through, and so
  // on.
  for (int i = 3; i < 6; ++i) {
    CHECK(thread_count(worker.process().pid()) == 1 + 3);
    CHECK_FALSE(gate.has_more_arrivals());
    gate.open_one();
    gate.await_arrival();
  }
  for (int i = 0; i < 3; ++i) gate.open_one();
  for (auto& connection : connections) CHECK(connection.receive().status == 200);
}

// Where the function is quick one thread takes all that comes; it must not be waited for once it no longer is.
TEST_CASE("a function that was quick and is slow all at once is run on every thread that it may have") {
  constexpr int concurrency = 3;
  const LoneWorker worker("gate", {"--concurrency", std::to_string(concurrency)});
  const CgiRequest quick{.method = "OPTIONS", .uri = "/api/gate"};
  std::vector<FastCgiConnection> connections;
  for (int i = 0; i < 16; ++i) connections.push_back(worker.connect());
  for (int turn = 0; turn < 5; ++turn) {
    for (int burst = 0; burst < 50; ++burst) {
      for (auto& connection : connections) connection.send(quick);
      for (auto& connection : connections) REQUIRE(connection.receive().status == 204);
    }
    Gate gate;
    for (auto& connection : connections) connection.send(gate.request());
    for (int i = 0; i < concurrency; ++i) gate.await_arrival();
    CHECK_FALSE(gate.has_more_arrivals());
    CHECK(thread_count(worker.process().pid()) == 1 + concurrency);
    for (std::size_t i = 0; i < connections.size(); ++i) {
      gate.open_one();
      if (i + concurrency < connections.size()) gate.await_arrival();
    }
    for (auto& connection : connections) REQUIRE(connection.receive().status == 200);
  }
}

TEST_CASE("what a function keeps for a thread is kept, and destroyed on the way out") {
  const LoneWorker worker("once_a_thread", {"--concurrency", "1"});
  auto connection = worker.connect();
  for (int i = 1; i <= 3; ++i) {
    CHECK(nlohmann::json::parse(connection.exchange({.uri = "/api/once_a_thread"}).body).at("calls") == i);
  }
  CHECK(worker.stop().clean());
  worker.process().wait_for_line(Stream::err, "destroyed");
}

TEST_CASE("told to leave, it answers what runs, closes what is idle and ends with 0") {
  const int signal = GENERATE(SIGTERM, SIGINT);
  const LoneWorker worker("gate", {"--concurrency", "2"});
  Gate gate;
  auto idle = worker.connect();
  CHECK(idle.exchange({.method = "OPTIONS", .uri = "/api/gate"}).status == 204);
  auto busy = worker.connect();
  busy.send(gate.request());
  gate.await_arrival();
  worker.process().signal(signal);
  CHECK(idle.is_closed_without_answer());
  gate.open_one();
  CHECK(busy.receive().status == 200);
  CHECK(busy.is_closed_without_answer());
  const auto exit = worker.process().wait();
  REQUIRE(exit);
  CHECK(exit->clean());
}

TEST_CASE("it is known by its function's name") {
  const LoneWorker worker("once_a_thread");
  worker.connect().exchange({.uri = "/api/once_a_thread"});
  CHECK(read_file("/proc/" + std::to_string(worker.process().pid()) + "/comm") == "once_a_thread\n");
}

TEST_CASE("a socket from systemd is descriptor 3, and is told of by its environment") {
  const UnixListener listener;
  // A shell's exec keeps the number that LISTEN_PID must be.
  const auto start = [&](const std::string& variables) {
    return std::make_unique<Process>(
        std::vector<std::string>{"sh", "-c", variables + " exec \"$0\"", worker_program("hello")},
        ProcessOptions{.environment = {}, .directory = {}, .descriptors = {{listener.fd(), 3}}});
  };
  SECTION("one is served") {
    const auto worker = start("LISTEN_PID=$$ LISTEN_FDS=1");
    CHECK(FastCgiConnection(listener.path()).exchange(hello).status == 200);
    worker->signal(SIGTERM);
    const auto exit = worker->wait();
    REQUIRE(exit);
    CHECK(exit->clean());
  }
  SECTION("two are one too many") {
    const auto worker = start("LISTEN_PID=$$ LISTEN_FDS=2");
    CHECK(worker->wait_all().code == 1);
    CHECK(worker->text(Stream::err) == "hello: systemd has given it 2 sockets: a function has one\n");
  }
  SECTION("another process's are none") {
    const auto worker = start("LISTEN_PID=1 LISTEN_FDS=1");
    CHECK(worker->wait_all().code == 1);
    CHECK(worker->text(Stream::err).find("descriptor 0 is no listening socket") != std::string::npos);
  }
}

TEST_CASE("without a listening socket it says what to do and ends with 1") {
  const Outcome outcome = run({worker_program("hello")});
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.err.find("descriptor 0 is no listening socket") != std::string::npos);
}

TEST_CASE("a command line that is none ends with 2 and says which part") {
  const Outcome outcome = run({worker_program("hello"), "--concurency", "3"});
  CHECK(outcome.exit.code == 2);
  CHECK(outcome.err.find("'--concurency'") != std::string::npos);
  CHECK(run({worker_program("hello"), "--concurrency", "0"}).exit.code == 2);
}

}  // namespace
}  // namespace stile::test
