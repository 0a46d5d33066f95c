// What an idle worker holds for itself alone: what a thousand functions cost a machine while nobody asks them.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

constexpr long most_private_kilobytes = 3 * 1024;

long private_kilobytes(const LoneWorker& worker) {
  std::ifstream rollup("/proc/" + std::to_string(worker.process().pid()) + "/smaps_rollup");
  long sum = 0;
  for (std::string word; rollup >> word;) {
    long kilobytes = 0;
    if (word.starts_with("Private_") && rollup >> kilobytes) sum += kilobytes;
  }
  return sum;
}

void check_is_small(const LoneWorker& worker) {
  CHECK(eventually([&] { return private_kilobytes(worker) <= most_private_kilobytes; }));
  const long kilobytes = private_kilobytes(worker);
  CAPTURE(kilobytes);
  CHECK(kilobytes > 100);  // or nothing was read
  CHECK(kilobytes <= most_private_kilobytes);
}

TEST_CASE("an idle worker holds at most 3 MB of its own") {
  const LoneWorker worker("hello");
  std::vector<FastCgiConnection> connections;
  for (int i = 0; i < 32; ++i) connections.push_back(worker.connect());
  for (int round = 0; round < 50; ++round) {
    for (auto& connection : connections) connection.send({.uri = "/api/hello"});
    for (auto& connection : connections) REQUIRE(connection.receive().status == 200);
  }
  check_is_small(worker);
}

TEST_CASE("nor does it keep more of what large bodies on all of its threads took") {
  const LoneWorker worker("bytes", {"--concurrency", "8"});
  const CgiRequest request{.method = "POST", .uri = "/api/bytes", .body = std::string(900'000, 'x')};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      auto connection = worker.connect();
      for (int round = 0; round < 20; ++round) connection.exchange(request);
    });
  }
  for (auto& caller : callers) caller.join();
  check_is_small(worker);
}

}  // namespace
}  // namespace stile::test
