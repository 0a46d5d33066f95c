// What one request over a kept connection costs a worker, counted, not timed: so the bounds hold on any machine, and
// work that makes it dearer is seen. docs/performance.md says what is in it and what to do when a bound is met.
#include <signal.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

constexpr long most_system_calls = 4;       // epoll_wait, recvfrom, sendto, epoll_ctl
constexpr long most_instructions = 19'100;  // measured, 17,450, and a tenth at most
constexpr int requests = 500;

// As nginx sends a curl's.
const CgiRequest kept_hello{.uri = "/api/hello",
                            .more = {{"QUERY_STRING", ""},
                                     {"CONTENT_TYPE", ""},
                                     {"REQUEST_ID", "0123456789abcdef0123456789abcdef"},
                                     {"REMOTE_ADDR", "127.0.0.1"},
                                     {"REQUEST_SCHEME", "http"},
                                     {"SERVER_NAME", "localhost"},
                                     {"HTTP_PROXY", ""},
                                     {"HTTP_HOST", "127.0.0.1:8080"},
                                     {"HTTP_USER_AGENT", "curl/7.88.1"},
                                     {"HTTP_ACCEPT", "*/*"}}};

// Runs the worker below a tool that counts, and ends it after that many requests.
void serve_below(std::vector<std::string> tool, int count) {
  const UnixListener listener;
  for (const std::string& word : {worker_program("hello"), std::string("--concurrency"), std::string("1")}) {
    tool.push_back(word);
  }
  const Process process(tool, {.environment = {}, .directory = {}, .descriptors = {{listener.fd(), 0}}});
  FastCgiConnection connection(listener.path());
  for (int i = 0; i < count; ++i) REQUIRE(connection.exchange(kept_hello).status == 200);
  // strace's child is the worker; valgrind is the worker itself.
  const std::string self = std::to_string(process.pid());
  pid_t worker = process.pid();
  std::ifstream("/proc/" + self + "/task/" + self + "/children") >> worker;
  REQUIRE(::kill(worker == 0 ? process.pid() : worker, SIGTERM) == 0);
  const auto exit = process.wait();
  REQUIRE(exit);
  INFO(process.text(Stream::err));
  REQUIRE(exit->clean());
}

// The cost of a request, without what start and end cost. To the nearest: a start may cost a call more than another.
long cost_of_one(const std::function<long(int)>& cost_of) {
  return std::lround(static_cast<double>(cost_of(2 * requests) - cost_of(requests)) / requests);
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a kept request costs four system calls") {
  const TemporaryDirectory directory;
  const std::string trace = directory.file("trace");
  const long calls = cost_of_one([&](int count) {
    serve_below({"strace", "-f", "-o", trace}, count);
    // A call that another thread's interrupts has a second line, "resumed".
    long lines = 0;
    for (const std::string& line : lines_of(trace))
      lines += line.find(" resumed>") == std::string::npos ? 1 : 0;
    return lines;
  });
  CHECK(calls == most_system_calls);
}

long instructions_of_one(const std::function<void(const std::vector<std::string>& tool, int count)>& serve) {
  const TemporaryDirectory directory;
  const std::string profile = directory.file("profile");
  return cost_of_one([&](int count) {
    serve({"valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + profile}, count);
    for (const std::string& line : lines_of(profile)) {
      if (line.starts_with("totals: ")) return std::stol(line.substr(8));
    }
    throw std::runtime_error("callgrind has not counted");
  });
}

TEST_CASE("a kept request costs no more instructions than it did") {
  const long instructions = instructions_of_one(serve_below);
  CAPTURE(instructions);
  CHECK(instructions > 1'000);  // or nothing was counted
  CHECK(instructions <= most_instructions);
}

TEST_CASE("nor with a supervisor, for which it is recorded") {
  const long instructions = instructions_of_one([](const std::vector<std::string>& tool, int count) {
    FakeSlot slot;
    BorrowingWorker worker(slot, "hello", {"--concurrency", "1"}, tool);
    auto connection = slot.connect();
    worker.lend(connection);
    for (int i = 0; i < count; ++i) REQUIRE(connection.client.exchange(kept_hello).status == 200);
    worker.drain();
    REQUIRE(worker.wait().clean());
  });
  CAPTURE(instructions);
  CHECK(instructions > 1'000);
  CHECK(instructions <= most_instructions);
}

}  // namespace
}  // namespace stile::test
