// What a worker leaves behind about what it was doing.
#include "lending/recorder.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

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

}  // namespace
}  // namespace stile::test
