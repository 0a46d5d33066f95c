// What a client sees when workers crash, are killed, never come up or are full, and when the server is told
// to stop.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "e2e/gate.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/served_project.hpp"

using namespace stile::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

ServedOptions faulty_functions() {
  ServedOptions options;
  options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS};
  return options;
}

void check_problem(const HttpResponse& response, int status) {
  CAPTURE(response.body);
  CHECK(response.status == status);
  CHECK(response.header("Content-Type") == "application/problem+json");
  const auto problem = json::parse(response.body);
  CHECK(problem.at("status") == status);
  CHECK(problem.at("request_id") == response.header("X-Request-Id"));
}

pid_t pid_of(HttpClient& client, const ServedProject& project) {
  return json::parse(client.get(project.url("/api/faults/pid")).body).at("pid").get<pid_t>();
}

}  // namespace

TEST_CASE("a function has no process until its first request, and then keeps it") {
  const ServedProject project(faulty_functions());
  CHECK(project.log().find("ended by") == std::string::npos);
  HttpClient client;
  const auto pid = pid_of(client, project);
  for (int i = 0; i < 100; ++i) REQUIRE(pid_of(client, project) == pid);
}

TEST_CASE("a GET whose worker is killed is answered by the next one, a POST gets a 502 and runs once") {
  const ServedProject project(faulty_functions());
  const std::string method = GENERATE("GET", "POST");
  CAPTURE(method);
  Gate gate(project.url(""), project.state_directory(), "one");
  auto answer = gate.send(method);
  const auto first = gate.arrivals(1).at(0);
  REQUIRE(::kill(first, SIGKILL) == 0);
  if (method == "GET") {
    const auto second = gate.arrivals(2).at(1);
    CHECK(second != first);
    gate.open();
    const auto response = answer.get();
    CHECK(response.status == 200);
    CHECK(json::parse(response.body).at("pid") == second);
  } else {
    check_problem(answer.get(), 502);
    CHECK(gate.arrivals(1).size() == 1);
  }
  project.wait_for_log("faults/gate ended by signal 9 (Killed)");
}

TEST_CASE(
    "however a function ends its process, the next request is answered and other functions notice nothing") {
  const ServedProject project(faulty_functions());
  HttpClient client;
  const auto other = pid_of(client, project);
  const std::string how = GENERATE("segv", "abort", "terminate", "exit", "fork");
  CAPTURE(how);
  const auto lost = client.request("POST", project.url("/api/faults/crash?how=" + how));
  check_problem(lost, 502);
  const auto line = project.wait_for_log("it was running " + lost.header("X-Request-Id"));
  CHECK(line.find("faults/crash ended by ") != std::string::npos);
  CHECK(client.get(project.url("/api/faults/crash")).status == 200);
  CHECK(pid_of(client, project) == other);
}

TEST_CASE("requests whose clients have left before their turn do not run") {
  const ServedProject project(faulty_functions());
  Gate gate(project.url(""), project.state_directory(), "left");
  std::vector<std::future<HttpResponse>> running;
  for (std::size_t i = 0; i < 4; ++i)
    running.push_back(gate.send("POST"));  // all that the function runs at once
  REQUIRE(gate.arrivals(4).size() == 4);
  constexpr int leavers = 20;
  for (int i = 0; i < leavers; ++i) {
    RawConnection client(project.port());
    client.send("POST /api/faults/gate?name=left HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  }
  REQUIRE(eventually([&] {
    const std::string log = project.log();
    int count = 0;
    for (std::size_t at = 0; (at = log.find("\"status\":499", at)) != std::string::npos; ++at) ++count;
    return count == leavers;
  }));
  gate.open();
  for (auto& answer : running) CHECK(answer.get().status == 200);
  CHECK(HttpClient().request("OPTIONS", project.url("/api/faults/gate")).status == 204);
  CHECK(gate.arrivals(4).size() == 4);
}

TEST_CASE("a child that comes back from a function answers nobody") {
  const ServedProject project(faulty_functions());
  HttpClient client;
  for (int i = 0; i < 5; ++i) {
    CHECK(client.request("POST", project.url("/api/faults/crash?how=twice")).status == 204);
    CHECK(client.get(project.url("/api/faults/crash")).body == R"("up")");
  }
  project.wait_for_log("the function forked and came back in the child");
  CHECK(eventually([&] { return project.processes("faults/crash").size() == 1; }));
  CHECK(project.log().find("breaks the protocol") == std::string::npos);
}

TEST_CASE("a function that floods the supervisor is killed, and others are served") {
  const ServedProject project(faulty_functions());
  HttpClient client;
  check_problem(client.request("POST", project.url("/api/faults/crash?how=flood")), 502);
  project.wait_for_log("breaks the protocol: killed");
  CHECK(client.get(project.url("/api/faults/crash")).status == 200);
}

TEST_CASE("kills under load cost POST at most what was running, and GET nothing") {
  const ServedProject project(faulty_functions());
  constexpr int callers = 8;
  constexpr int kills = 20;
  const std::string method = GENERATE("GET", "POST");
  CAPTURE(method);
  std::atomic<bool> over{false};
  std::array<std::atomic<int>, callers> done{};
  std::atomic<int> failed{0};
  std::vector<std::thread> load;
  for (auto& done_here : done) {
    load.emplace_back([&] {
      HttpClient client;
      while (!over) {
        const auto response = client.request(method, project.url("/api/faults/pid"));
        if (response.status != 200) ++failed;
        ++done_here;
      }
    });
  }
  HttpClient client;
  for (int i = 0; i < kills; ++i) {
    // Not before the second try of each request that the last kill has hit is over: there is no third one.
    for (auto& done_here : done) {
      const int before = done_here;
      CHECK(eventually([&] { return done_here > before + 5; }));
    }
    ::kill(pid_of(client, project), SIGKILL);
  }
  over = true;
  for (auto& thread : load) thread.join();
  CAPTURE(failed.load());
  if (method == "GET") CHECK(failed == 0);
  if (method == "POST") CHECK(failed <= kills * callers);
}

TEST_CASE("a function whose process never comes up is refused at once, with a word when to ask again") {
  const ServedProject project(faulty_functions());
  HttpClient client;
  for (const std::string method : {"GET", "HEAD", "POST", "GET"}) {
    const auto response = client.request(method, project.url("/api/faults/broken"));
    CAPTURE(method, response.body);
    CHECK(response.status == 503);
    CHECK(response.header("Retry-After") == "1");
    if (method != "HEAD") {
      check_problem(response, 503);
      CHECK(response.body.find("does not come up") != std::string::npos);
    }
  }
  project.wait_for_log("faults/broken ended by exit code 1");
  CHECK(client.get(project.url("/api/faults/pid")).status == 200);
}

TEST_CASE(
    "a POST that ends its process is a 502 each time, and one that is refused meanwhile a 503 that has not "
    "run") {
  const ServedProject project(faulty_functions());
  HttpClient client;
  std::map<int, std::size_t> statuses;
  while (statuses[502] < 6) {
    const auto response = client.request("POST", project.url("/api/faults/crash?how=abort"));
    ++statuses[response.status];
    REQUIRE((response.status == 502 || response.status == 503));
    check_problem(response, response.status);
    CHECK(response.header("Retry-After").empty() == (response.status == 502));
  }
  CHECK(statuses[503] > 0);
  const auto ends = [&] {
    std::size_t count = 0;
    const auto log = project.log();
    for (auto at = log.find("faults/crash ended by"); at != std::string::npos;
         at = log.find("faults/crash ended by", at + 1))
      ++count;
    return count;
  };
  CHECK(eventually([&] { return ends() == statuses[502]; }));
}

TEST_CASE("told to stop, it answers what runs, ends with 0 and leaves nothing") {
  const ServedProject project(faulty_functions());
  Gate gate(project.url(""), project.state_directory(), "last");
  auto answer = gate.send("POST");
  gate.arrivals(1);
  const int signal = GENERATE(SIGTERM, SIGINT);
  project.process().signal(signal);
  project.wait_for_log("stopping");
  gate.open();
  CHECK(answer.get().status == 200);
  const auto exit = project.process().wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  CHECK(project.processes().empty());
  std::vector<std::string> sockets;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(project.run_directory())) {
    if (entry.is_socket()) sockets.push_back(entry.path());
  }
  CHECK(sockets.empty());
}

TEST_CASE("told twice, it does not wait") {
  const ServedProject project(faulty_functions());
  Gate gate(project.url(""), project.state_directory(), "never");
  auto answer = gate.send("POST");
  gate.arrivals(1);
  project.process().signal(SIGTERM);
  project.wait_for_log("stopping: ");
  project.process().signal(SIGTERM);
  const auto exit = project.process().wait();
  REQUIRE(exit);
  CHECK(exit->code == 0);
  CHECK(project.processes().empty());
  // Whether nginx still says 502 or is gone by then: the function has not answered.
  int status = 0;
  try {
    status = answer.get().status;
  } catch (const std::runtime_error&) {  // the connection was closed
  }
  CHECK((status == 0 || status == 502));
}

TEST_CASE("nginx that dies is started again, and no port was ever closed") {
  const ServedProject project(faulty_functions());
  HttpClient().get(project.url("/api/faults/pid"));
  const auto masters = project.processes("nginx");
  REQUIRE_FALSE(masters.empty());
  REQUIRE(::kill(masters.front(), SIGKILL) == 0);
  project.wait_for_log("nginx ended by signal 9 (Killed)");
  CHECK(HttpClient().get(project.url("/api/faults/pid")).status == 200);
}
