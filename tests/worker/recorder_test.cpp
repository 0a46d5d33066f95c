// What a worker leaves behind about what it was doing.
#include "lending/recorder.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "support/eventually.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

TEST_CASE("a request that runs stands in the recorder, until it is answered") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate");
  Gate gate;
  auto connection = slot.connect();
  worker.lend(connection);
  auto request = gate.request();
  request.uri += "?token=secret&page=1";
  request.body = "what is sent";
  request.more.emplace_back("REQUEST_ID", "one");
  request.more.emplace_back("CONTENT_TYPE", "text/plain");
  request.more.emplace_back("HTTP_COOKIE", "sid=1");
  connection.client.send(request);
  gate.await_arrival();
  const auto running = worker.recording().running;
  REQUIRE(running.size() == 1);
  CHECK(running[0].request_id == "one");
  CHECK(running[0].method == "GET");
  CHECK(running[0].uri == "/api/gate?token=***&page=1");
  CHECK(running[0].body == "what is sent");
  const auto has = [&](const std::string& header) {
    return std::count(running[0].headers.begin(), running[0].headers.end(), header) == 1;
  };
  CHECK(has("CONTENT_TYPE: text/plain"));
  CHECK(has("COOKIE: ***"));
  gate.open_one();
  connection.client.receive();
  CHECK(worker.recording().running.empty());
  CHECK(worker.recording().signal == 0);
  worker.drain();
  CHECK(worker.wait().clean());
}

#ifndef STILE_TEST_SANITIZED  // sanitizers tell of a crash themselves

CgiRequest crash_by(const std::string& how) {
  return {.method = "POST",
          .uri = "/api/crashing",
          .body = how,
          .more = {{"REQUEST_ID", "the-one"}, {"CONTENT_TYPE", "text/plain"}}};
}

TEST_CASE("a crash is recorded: by what, in which request, and where") {
  const std::pair<const char*, int> ways[] = {{"pointer", SIGSEGV}, {"stack", SIGSEGV}, {"abort", SIGABRT},
                                              {"illegal", SIGILL},  {"number", SIGFPE}, {"bus", SIGBUS},
                                              {"call", SIGSEGV}};
  for (const auto& [how, signal] : ways) {
    INFO(how);
    FakeSlot slot;
    BorrowingWorker worker(slot, "crashing");
    auto connection = slot.connect();
    worker.lend(connection);
    connection.client.send(crash_by(how));
    CHECK(worker.wait().signal == signal);
    const auto recording = worker.recording();
    CHECK(recording.signal == signal);
    REQUIRE(recording.running.size() == 1);
    CHECK(recording.running[0].crashed);
    CHECK(recording.running[0].request_id == "the-one");
    CHECK(recording.running[0].body == how);
    const std::string where = how == std::string("stack") ? "::recurse(int)+0x" : "::crash(std::";
    INFO(recording.backtrace);
    CHECK(recording.backtrace.find(where) != std::string::npos);
    CHECK(worker.process().text(Stream::err).empty());
  }
}

TEST_CASE("of the requests that run the one that crashes is told") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "crashing", {"--concurrency", "4"});
  auto waits = slot.connect();
  auto crashes = slot.connect();
  worker.lend(waits);
  worker.lend(crashes);
  auto request = crash_by("wait");
  request.more[0].second = "other";
  waits.client.send(request);
  REQUIRE(eventually([&] { return worker.recording().running.size() == 1; }));
  crashes.client.send(crash_by("pointer"));
  CHECK(worker.wait().signal == SIGSEGV);
  const auto recording = worker.recording();
  REQUIRE(recording.running.size() == 2);
  CHECK(recording.running[0].request_id == "the-one");
  CHECK(recording.running[0].crashed);
  CHECK(recording.running[1].request_id == "other");
  CHECK_FALSE(recording.running[1].crashed);
}

TEST_CASE("a child of the function that crashes is none of the worker's crashes") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "crashing");
  auto connection = slot.connect();
  worker.lend(connection);
  CHECK(connection.client.exchange(crash_by("child")).body == R"({"result":6})");  // SIGABRT
  CHECK(worker.recording().signal == 0);
  worker.drain();
  CHECK(worker.wait().clean());
}

TEST_CASE("a worker alone says on its standard error how it crashed") {
  const LoneWorker worker("crashing");
  const auto connection = worker.connect();
  connection.send(crash_by("pointer"));
  worker.process().wait_for_line(Stream::err, "crashed by SIGSEGV in the request the-one, at:");
  worker.process().wait_for_line(Stream::err, "crash");
  CHECK(worker.process().wait()->signal == SIGSEGV);
}

#endif

}  // namespace
}  // namespace stile::test
