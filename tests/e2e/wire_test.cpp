// The wire between nginx and a worker, with the real supervisor: what a client sends is never taken for FastCGI, and
// what a broken peer sends ends its connection, for everybody who holds it.
#include <signal.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "e2e/grid_project.hpp"
#include "worker/broken_requests.hpp"
#include "worker/fastcgi_client.hpp"
#include "worker/workers.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

constexpr std::size_t read_buffer = 8192;  // libfcgi's
// Every offset; sanitizers make each request several times as long.
#ifdef STILE_SANITIZED
constexpr std::size_t step = 31;
#else
constexpr std::size_t step = 1;
#endif

struct Target {
  std::string function;
  HttpHeaders headers;
  int status;
};

HttpHeaders many_headers() {
  HttpHeaders headers;
  for (int i = 0; i < 260; ++i) headers.emplace_back("X-" + std::to_string(i), "1");
  return headers;
}

std::string socket_of(const GridProject& project, const std::string& function) {
  return project.served().run_directory() + "/sockets/" + function + ".sock";
}

bool send_all(const FastCgiConnection& connection, const std::string& bytes) {
  try {
    connection.send(bytes);
    return true;
  } catch (const std::system_error&) {  // it has ended meanwhile
    return false;
  }
}

bool nothing_smuggled(const GridProject& project) {
  return !std::filesystem::exists(project.served().state_directory() + "/smuggled");
}

// Each request's body is filled up to an offset, where a whole FastCGI request begins. Two clients take turns on what is
// one kept connection to the worker: where a body's rest were read as records, the other one would get its answer.
void check_every_offset(const Target& target) {
  CAPTURE(target.function, target.status);
  const GridProject project(R"({"nginx_workers": 1, "functions": {"wire/)" + target.function +
                            R"(": {"concurrency": 1, "queue": 0}}})");
  const std::string url = project.url("/api/wire/" + target.function);
  const std::string smuggled = CgiRequest{.method = "DELETE", .uri = "/api/wire/" + target.function}.bytes();
  std::array<HttpClient, 2> clients;
  HttpHeaders headers = target.headers;
  headers.emplace_back("X-Request-Id", "");
  for (std::size_t offset = 0; offset < 2 * read_buffer; offset += step) {
    const std::string id = "offset-" + std::to_string(offset);
    headers.back().second = id;
    const auto answer =
        clients[offset % 2].request("POST", url, headers, std::string(offset, ' ') + smuggled);
    const bool own = answer.status == target.status &&
                     answer.body.find(target.status == 200 ? "\"id\":\"" + id : "\"request_id\":\"" + id) !=
                         std::string::npos;
    if (own && answer.body.find("smuggled") == std::string::npos) continue;
    CAPTURE(offset, answer.status, answer.body);
    FAIL("another answer than its own");
  }
  CHECK(clients[0].connections() == 1);
  CHECK(clients[1].connections() == 1);
  CHECK(nothing_smuggled(project));
  CHECK(project.workers().size() == 1);
}

}  // namespace

TEST_CASE("a body that holds FastCGI records is a body, at every offset, to a function that reads it") {
  check_every_offset({"reads", {{"Content-Type", "text/plain"}}, 200});
}

TEST_CASE(
    "a body that holds FastCGI records is a body, at every offset, to a function that does not ask for it") {
  check_every_offset({"ignores", {{"Content-Type", "text/plain"}}, 200});
}

TEST_CASE(
    "a body that holds FastCGI records is a body, at every offset, to a function that refuses its type") {
  check_every_offset({"refuses", {{"Content-Type", "text/plain"}}, 415});
}

TEST_CASE(
    "a body that holds FastCGI records is a body, at every offset, to a function that refuses what it "
    "holds") {
  check_every_offset({"refuses", {{"Content-Type", "application/json"}}, 400});
}

TEST_CASE(
    "a body that holds FastCGI records is a body, at every offset, to a worker that refuses the request") {
  check_every_offset({"reads", many_headers(), 431});
}

TEST_CASE(
    "what breaks the protocol ends the connection at once, through the supervisor, and leaves no "
    "descriptor") {
  const GridProject project(R"({"functions": {"wire/ignores": {"concurrency": 1, "timeout": "3600s"}}})");
  HttpClient client;
  REQUIRE(client.request("POST", project.url("/api/wire/ignores")).status == 200);
  const auto supervisor = project.served().process().pid();
  const auto worker = project.workers().at(0);
  const auto before_here = open_descriptors(supervisor);
  const auto before_there = open_descriptors(worker);
  for (const BrokenRequest& broken : broken_requests({.method = "DELETE", .uri = "/api/wire/ignores"})) {
    CAPTURE(broken.what);
    FastCgiConnection peer(socket_of(project, "wire.ignores"));
    send_all(peer, broken.bytes);
    REQUIRE(peer.is_closed_without_answer());
    FastCgiConnection leaver(socket_of(project, "wire.ignores"));
    send_all(leaver, broken.bytes.substr(0, broken.bytes.size() - 1));
  }
  CHECK(eventually([&] { return open_descriptors(supervisor) <= before_here; }));
  CHECK(eventually([&] { return open_descriptors(worker) <= before_there; }));
  CHECK(client.request("POST", project.url("/api/wire/ignores")).status == 200);
  CHECK(project.workers() == std::vector{worker});
  CHECK(nothing_smuggled(project));
}

TEST_CASE("a connection ends for its peer although a child that the function forked holds it") {
  const GridProject project;
  FastCgiConnection peer(socket_of(project, "wire.forks"));
  const auto answer = peer.exchange({.method = "POST", .uri = "/api/wire/forks"});
  REQUIRE(answer.status == 200);
  const auto child = json::parse(answer.body).at("child").get<pid_t>();
  SECTION("what breaks the protocol") { peer.send("GET / HTTP/1.1\r\n\r\n"); }
  SECTION("a request with which it is not kept") {
    CHECK(peer.exchange({.method = "OPTIONS", .uri = "/api/wire/forks", .keep = Keep::nothing}).status ==
          204);
  }
  SECTION("half a request, and no more") {
    peer.send(begin_request());
    peer.finish_sending();
  }
  CHECK(peer.is_closed_without_answer());
  CHECK(::kill(child, 0) == 0);
}
