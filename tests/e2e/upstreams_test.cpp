// How nginx speaks to the processes of a function: over kept connections, divided among several of them.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>

#include "e2e/grid_project.hpp"
#include "support/network.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

// "socket:[12345]" for each socket that a process holds: a new connection has a new number.
std::set<std::string> sockets_of(pid_t pid) {
  std::set<std::string> sockets;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!gone && target.starts_with("socket:")) sockets.insert(target);
  }
  return sockets;
}

}  // namespace

TEST_CASE("a function's requests are divided among its processes, and a second try reaches one that lives") {
  const GridProject project(R"({"functions": {"faults/pid": {"instances": 3}}})");
  const auto url = project.url("/api/faults/pid");
  HttpClient client;
  std::set<pid_t> processes;
  for (int i = 0; i < 60; ++i) {
    const auto response = client.get(url);
    REQUIRE(response.status == 200);
    processes.insert(json::parse(response.body).at("pid").get<pid_t>());
  }
  CHECK(processes.size() == 3);
  for (int round = 0; round < 10; ++round) {
    const auto before = project.workers();
    REQUIRE_FALSE(before.empty());
    for (const auto pid : before) ::kill(pid, SIGKILL);
    for (int i = 0; i < 6; ++i) CHECK(client.get(url).status == 200);
  }
}

TEST_CASE("nginx keeps its connection to a function, POST included") {
  const GridProject project;
  const auto url = project.url("/api/faults/pid");
  HttpClient client;
  REQUIRE(client.get(url).status == 200);
  const auto worker = project.workers().at(0);
  const auto before = sockets_of(worker);
  for (int i = 0; i < 200; ++i) REQUIRE(client.post(url, "{}").status == 200);
  CHECK(client.connections() == 1);  // so that it is one nginx worker that speaks to the function
  CHECK(sockets_of(worker) == before);
}

TEST_CASE("a body and an answer that are too long for nginx's memory pass through its files whole") {
  const GridProject project;
  HttpClient client;
  const auto sent = client.post(project.url("/api/grid/where"), std::string(1'000'000, 'x'));
  REQUIRE(sent.status == 200);
  CHECK(json::parse(sent.body).at("length") == 1'000'000);

  // A client that does not read for a while: the function is free as soon as nginx has the answer.
  RawConnection slow(project.port());
  slow.send("GET /api/grid/long?bytes=20000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto begin = slow.receive_until("\r\n\r\n");
  CHECK(client.get(project.url("/api/grid/long")).status == 200);
  const auto answer = parse_response(begin + slow.receive_all());
  CHECK(answer.status == 200);
  CHECK(json::parse(answer.body).at("text").get<std::string>().size() == 20'000'000);
}
