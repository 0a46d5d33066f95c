// Workers behind Caddy, Apache and lighttpd: what a client gets there, each through the real server.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "servers/site.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/snippets.hpp"
#include "support/temporary_directory.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

Server any_server() { return GENERATE(Server::caddy, Server::apache, Server::lighttpd); }

const HttpHeaders json_type{{"Content-Type", "application/json"}};

void check_problem(const HttpResponse& answer, int status) {
  CHECK(answer.status == status);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  const json problem = json::parse(answer.body);
  CHECK(problem.at("status") == status);
  CHECK(problem.at("request_id").get<std::string>().size() == 32);  // nobody gave one
}

std::string test_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("Behind another server a request is answered as behind Stile's own") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  const Site site(server);
  HttpClient client;
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.get(site.url("/api/hello"));
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"message":"Hello, World!"})");
    CHECK(answer.header("Content-Type") == "application/json");
    CHECK_FALSE(answer.has_header("Status"));
  }
  const auto shouted = client.get(site.url("/api/hello/A%c3%a9%20%3f%41?shout=true"));
  CHECK(json::parse(shouted.body).at("message") == "HELLO, A\xc3\xa9 ?A!");
  const auto head = client.request("HEAD", site.url("/api/hello"));
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE("Behind another server the worker's own problems reach the client") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  const Site site(server);
  HttpClient client;
  check_problem(client.get(site.url("/api/hello/a/b")), 404);
  check_problem(client.get(site.url("/api/hello/a%2fb")), 404);
  check_problem(client.get(site.url("/api/hello/a//b")), 404);
  check_problem(client.get(site.url("/api/hello/a?shout=perhaps")), 422);
  const auto refused = client.request("DELETE", site.url("/api/hello"));
  check_problem(refused, 405);
  CHECK(refused.header("Allow") == "GET, HEAD, OPTIONS");
  const auto options = client.request("OPTIONS", site.url("/api/hello"));
  CHECK(options.status == 204);
  CHECK(options.header("Allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("Behind another server a body and the headers arrive, in chunks too") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  auto echo = project_function("echo");
  echo.arguments = {"--route", "/hello/{any...}"};
  const Site site(server, echo);
  HttpClient client;
  const bool chunked = GENERATE(false, true);
  CAPTURE(chunked);
  HttpHeaders headers{{"Content-Type", "application/json"},
                      {"X-Trace", "one"},
                      {"Authorization", "Basic eDp5"},
                      {"Proxy", "http://evil"}};
  if (chunked) headers.emplace_back("Transfer-Encoding", "chunked");
  const auto answer =
      client.request("POST", site.url("/api/hello/x?q=1&q=%26"), headers, R"({"a": [1, "é"]})");
  CHECK(answer.status == 200);
  const json told = json::parse(answer.body);
  CHECK(told.at("json") == json::parse(R"({"a": [1, "é"]})"));
  CHECK(told.at("query") == json::parse(R"({"q": ["1", "&"]})"));
  CHECK(told.at("path") == "/api/hello/x");
  CHECK(told.at("headers").at("X_TRACE") == json::array({"one"}));
  CHECK(told.at("headers").at("AUTHORIZATION") == json::array({"Basic eDp5"}));
  CHECK_FALSE(told.at("headers").contains("PROXY"));
}

TEST_CASE("Behind another server bodies are whole, and larger ones than the function's largest refused") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  const Site site(server, test_function("bytes"));
  HttpClient client;
  const auto url = site.url("/api/hello/x");
  CHECK((client.get(url + "?size=5000000").body == test_bytes(5'000'000)));
  for (const char* how : {"Content-Length", "chunked"}) {
    CAPTURE(how);
    HttpHeaders headers{{"Content-Type", "application/octet-stream"}};
    if (how == std::string("chunked")) headers.emplace_back("Transfer-Encoding", "chunked");
    for (const std::size_t size : {1U, 20'000U, 900'000U}) {
      CAPTURE(size);
      const auto answer = client.request("POST", url, headers, test_bytes(size));
      CHECK(answer.status == 200);
      CHECK((answer.body == test_bytes(size)));
    }
    check_problem(client.request("POST", url, headers, test_bytes(1'500'000)), 413);
  }
}

TEST_CASE("Behind another server requests are served in parallel") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  const Site site(server);
  std::vector<std::future<int>> callers;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::async(std::launch::async, [&site, i] {
      HttpClient client;
      int right = 0;
      for (int k = 0; k < 25; ++k) {
        const auto name = std::to_string(i) + "-" + std::to_string(k);
        const auto body = client.get(site.url("/api/hello/" + name)).body;
        if (body == R"({"message":"Hello, )" + name + R"(!"})") ++right;
      }
      return right;
    }));
  }
  for (auto& caller : callers) CHECK(caller.get() == 25);
}

TEST_CASE(
    "Behind another server a worker that is told to leave answers what runs, and is missed no longer than it "
    "is away") {
  const auto server = any_server();
  CAPTURE(name_of(server));
  Gate gate;
  const std::string gate_path = gate.request().more.front().second;
  std::filesystem::permissions(gate_path, std::filesystem::perms::all);  // the worker is www-data's
  Site site(server, test_function("gate"));
  auto running = std::async(std::launch::async, [&] {
    return HttpClient().get(site.url("/api/hello/x"), {{"X-Gate", gate_path}});
  });
  gate.await_arrival();
  site.worker().signal(SIGTERM);
  gate.open_one();
  CHECK(running.get().status == 200);
  const auto exit = site.worker().wait();
  REQUIRE(exit);
  CHECK(exit->clean());
  HttpClient client;
  const auto missed = client.get(site.url("/api/hello/x"));
  CHECK(missed.status == (server == Server::caddy ? 502 : 503));
  CHECK(missed.header("Content-Type") != "application/problem+json");
  site.restart_worker();
  const auto is_back = [&] { return client.request("OPTIONS", site.url("/api/hello/x")).status == 204; };
  CHECK(eventually(is_back, std::chrono::seconds{20}));  // of Apache without retry=0 it would be a minute
}

TEST_CASE("lighttpd starts a worker by itself, and again where it has ended") {
  const Site site(Server::lighttpd, project_function("hello/{name}"), 1);
  HttpClient client;
  const auto is_served = [&] { return client.get(site.url("/api/hello")).status == 200; };
  REQUIRE(is_served());
  const auto workers = site.children_of_server();
  REQUIRE(workers.size() == 1);
  ::kill(workers.front(), SIGKILL);
  CHECK(eventually([&] { return is_served() && site.children_of_server() != workers; }));
}

TEST_CASE("systemd takes the document's unit files") {
  const TemporaryDirectory directory;
  const auto units = blocks(document(), "systemd");
  REQUIRE(units.size() == 2);
  std::vector<std::string> command{"systemd-analyze", "verify", "--man=no"};
  for (const auto& unit : units) {
    const auto name = unit.substr(2, unit.find('\n') - 2);  // "# hello.socket"
    command.push_back(directory.write(name, replaced(unit, "/opt/stile", STILE_BINARY_DIR)));
  }
  const Outcome outcome = run(command);
  INFO(outcome.err);
  CHECK(outcome.exit.clean());
  CHECK(outcome.err.empty());
}

TEST_CASE("A socket that systemd has opened is served as descriptor 3 and as descriptor 0") {
  const TemporaryDirectory directory;
  const auto socket = directory.file("hello.sock");
  std::vector<std::string> command{"systemd-socket-activate", "--listen=" + socket};
  if (GENERATE(false, true)) command.emplace_back("--inetd");
  command.push_back(project_function("hello").program);
  const Process worker(command);
  worker.wait_for_line(Stream::err, "Listening on");
  for (int i = 0; i < 3; ++i) {
    CHECK(FastCgiConnection(socket).exchange({.uri = "/api/hello"}).body == R"({"message":"Hello, World!"})");
  }
}

}  // namespace stile::test
