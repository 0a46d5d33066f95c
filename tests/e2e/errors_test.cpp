// Every error a client can meet is application/problem+json, whether nginx, the worker or the function says
// it.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/grid_project.hpp"
#include "support/network.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

constexpr const char* host = "Host: localhost\r\nConnection: close\r\n";

std::string request(const std::string& line, const std::string& headers = "") {
  return line + " HTTP/1.1\r\n" + host + headers + "\r\n";
}

std::string header_of(std::size_t bytes) { return std::string(bytes, 'a') + "\r\n"; }

}  // namespace

TEST_CASE("what nginx refuses by itself is a problem page, and starts no function") {
  struct Refusal {
    const char* what;
    std::string bytes;
    int status;
  };
  std::string many;
  for (int i = 0; i < 6; ++i) many += "X-" + std::to_string(i) + ": " + header_of(7000);
  const std::vector<Refusal> refusals{
      {"no HTTP", "garbage\r\n\r\n", 400},
      {"no host", "GET /api/grid/where HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
      {"two hosts", request("GET /api/grid/where", "Host: other\r\n"), 400},
      {"a length that is none", request("POST /api/grid/where", "Content-Length: x\r\n"), 400},
      {"two lengths", request("POST /api/grid/where", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {"a length and chunks",
       request("POST /api/grid/where", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       400},
      {"chunks that are none",
       request("POST /api/grid/where", "Transfer-Encoding: chunked\r\n") + "zz\r\n\r\n", 400},
      {"a NUL in the path", request("GET /api/grid/%00"), 400},
      {"a broken escape", request("GET /api/grid/%zz"), 400},
      {"a path above the root", request("GET /../api/grid/where"), 400},
      {"nothing there", request("GET /api/nowhere"), 404},
      {"a problem page itself", request("GET /@stile_problem"), 404},
      {"TRACE", request("TRACE /api/grid/where"), 405},
      {"CONNECT", request("CONNECT /api/grid/where"), 405},
      {"a long request line", request("GET /" + std::string(9000, 'a')), 414},
      {"a long header", request("GET /api/grid/where", "X-Long: " + header_of(9000)), 431},
      {"many long headers", request("GET /api/grid/where", many), 431},
      {"an unknown coding", request("POST /api/grid/where", "Transfer-Encoding: gzip\r\n"), 501},
      {"an unknown version", "GET /api/grid/where HTTP/3.0\r\n" + std::string(host) + "\r\n", 505},
  };
  const GridProject project;
  for (const auto& refusal : refusals) {
    INFO(refusal.what);
    const auto response = parse_response(raw_exchange(project.port(), refusal.bytes));
    check_problem(response, refusal.status);
    CHECK(response.has_header("Allow") == (refusal.status == 405));
  }
  CHECK(project.workers().empty());
}

TEST_CASE("a method that the function does not export is a 405 that lists those it does") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  const std::string long_answer = project.url("/api/grid/long");
  for (const char* method : {"PUT", "PATCH", "DELETE", "BREW", "GE", "HEADS", "PROPFIND"}) {
    CAPTURE(method);
    const auto response = client.request(method, long_answer);
    check_problem(response, 405);
    CHECK(response.header_values("Allow") == std::vector<std::string>{"GET, HEAD, POST, OPTIONS"});
  }
  const auto head = client.request("HEAD", project.url("/api/grid/upload"));
  CHECK(head.status == 405);
  CHECK(head.header("Allow") == "POST, OPTIONS");
  CHECK(client.connections() == 1);  // an error ends no connection
  CHECK(project.workers().empty());
}

TEST_CASE("a body over the function's limit is a 413, however it is announced") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  const auto url = project.url("/api/grid/upload");
  const auto body = [](std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; };
  const HttpHeaders json_type{{"Content-Type", "application/json"}};
  const HttpHeaders chunked{{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}};
  const HttpHeaders expecting{{"Content-Type", "application/json"}, {"Expect", "100-continue"}};
  for (const auto& headers : {json_type, chunked, expecting}) {
    CAPTURE(headers.back().first);
    CHECK(client.request("POST", url, headers, body(1000)).status == 200);
    check_problem(project.client().request("POST", url, headers, body(1001)), 413);
  }
}

TEST_CASE(
    "a client that expects 100 gets it where its body is wanted, and the answer itself where it is not") {
  const GridProject project;
  const auto ask = [](const std::string& path, std::size_t length) {
    return request("POST " + path,
                   "Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(length) + "\r\n");
  };
  RawConnection wanted(project.port());
  wanted.send(ask("/api/grid/upload", 4));
  CHECK(wanted.receive_until("\r\n\r\n").starts_with("HTTP/1.1 100 "));
  wanted.send("true");
  CHECK(parse_response(wanted.receive_all()).status == 200);

  RawConnection unwanted(project.port());
  unwanted.send(ask("/api/grid/upload", 5000));
  check_problem(parse_response(unwanted.receive_until("}\n")), 413);

  RawConnection nowhere(project.port());
  nowhere.send(ask("/api/nowhere", 4));
  check_problem(parse_response(nowhere.receive_until("}\n")), 404);
}

TEST_CASE("what a function refuses is a problem that says why") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  const auto url = project.url("/api/grid/upload");
  for (const char* broken : {"", "{", "{}x", "[1,]", "\"\xff\""}) {
    CAPTURE(broken);
    check_problem(client.post(url, broken), 400);
  }
  check_problem(client.post(url, "{}", "text/plain"), 415);
  check_problem(client.request("POST", url, {}, "{}"), 415);
}

TEST_CASE("a function's mistakes are 500, and what they are stands in the log alone") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  const auto url = project.url("/api/grid/bug");
  const auto thrown = client.get(url, {{"X-Request-Id", "the-request-with-the-bug"}});
  check_problem(thrown, 500);
  CHECK(thrown.body.find("swordfish") == std::string::npos);
  CHECK(project.served().wait_for_log("swordfish").find("the-request-with-the-bug") != std::string::npos);
  check_problem(client.request("POST", url), 500);  // a header block that nginx would not take
  CHECK(client.request("OPTIONS", url).status == 204);
}

TEST_CASE("a function that ends before it answers is a 502 for a POST") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  check_problem(client.request("POST", project.url("/api/faults/crash?how=abort")), 502);
}

TEST_CASE("a function that takes too long is a 504, and is not asked again") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  check_problem(client.get(project.url("/api/grid/slow"), {{"X-Request-Id", "the-slow-one"}}), 504);
  check_problem(client.request("POST", project.url("/api/grid/slow")), 504);
  // One time, not "first : second".
  const auto line = json::parse(project.served().wait_for_log("the-slow-one"));
  CHECK(line.at("function_seconds").get<std::string>().find(':') == std::string::npos);
}

TEST_CASE("a request beyond the function's bound is a 503 at once that says when to come back") {
  const GridProject project(R"({"functions": {"faults/gate": {"concurrency": 1, "queue": 0}}})",
                            GENERATE(HttpVersion::one, HttpVersion::two));
  const auto gate = project.served().state_directory() + "/gate";
  REQUIRE(::mkfifo(gate.c_str(), 0666) == 0);
  REQUIRE(::chmod(gate.c_str(), 0666) == 0);  // for the account that runs functions
  const auto url = project.url("/api/faults/gate?name=gate");
  auto first = std::async(std::launch::async, [&] { return project.client().get(url); });
  REQUIRE(
      eventually([&] { return std::ifstream(gate + ".ran").peek() != std::ifstream::traits_type::eof(); }));
  auto client = project.client();
  for (const char* method : {"GET", "POST"}) {
    const auto refused = client.request(method, url);
    check_problem(refused, 503);
    CHECK(refused.header("Retry-After") == "1");
  }
  std::ofstream(gate) << std::flush;  // opens it
  CHECK(first.get().status == 200);
  REQUIRE(eventually([&] { return client.request("OPTIONS", url).status == 204; }));
}

TEST_CASE("an error for HEAD has the headers of its page and no body") {
  const GridProject project(GENERATE(HttpVersion::one, HttpVersion::two));
  auto client = project.client();
  const auto response = client.request("HEAD", project.url("/api/nowhere"));
  CHECK(response.status == 404);
  CHECK(response.header("Content-Type") == "application/problem+json");
  CHECK(response.header("Content-Length") != "0");
  CHECK(response.body.empty());
  const auto raw = raw_exchange(project.port(), request("HEAD /api/nowhere"));
  CHECK(raw.ends_with("\r\n\r\n"));
}
