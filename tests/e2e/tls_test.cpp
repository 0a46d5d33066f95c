// HTTPS and HTTP/2, as ordinary clients speak them. What clients get for mistakes is in errors_test.cpp, over both versions
// of HTTP.
#include <openssl/tls1.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "e2e/grid_project.hpp"
#include "support/http2_connection.hpp"
#include "support/network.hpp"
#include "support/tls_connection.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

std::string request_for(const std::string& host) {
  return "GET /api/nowhere HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
}

std::string strict_transport_security(std::uint16_t port, const std::string& host) {
  TlsConnection connection(port);
  connection.send(request_for(host));
  return parse_response(connection.receive_all()).header("Strict-Transport-Security");
}

}  // namespace

TEST_CASE(
    "with a certificate the printed URLs are https, and a client gets the version of HTTP that it knows") {
  const GridProject project(HttpVersion::two);
  CHECK(project.url("").starts_with("https://127.0.0.1:"));
  CHECK(project.served().log().find("http://") == std::string::npos);
  auto options = project.client_options();
  for (const auto version : {HttpVersion::one, HttpVersion::two}) {
    options.version = version;  // the client refuses an answer in another one
    HttpClient client(options);
    const auto hello = client.get(project.url("/api/grid/where"), {{"X-Request-Id", "over-tls"}});
    CHECK(hello.status == 200);
    CHECK(json::parse(hello.body).at("scheme") == "https");
    CHECK(client.request("HEAD", project.url("/api/grid/where")).status == 200);
    const auto sent = client.post(project.url("/api/grid/where"), std::string(1'000'000, 'x'));
    CHECK(json::parse(sent.body).at("length") == 1'000'000);
    const auto received = client.get(project.url("/api/grid/long?bytes=5000000"));
    CHECK(json::parse(received.body).at("text").get<std::string>().size() == 5'000'000);
    CHECK(client.connections() == 1);
  }
  CHECK(json::parse(project.served().wait_for_log("over-tls")).at("protocol") == "HTTP/1.1");
}

TEST_CASE("a hundred streams of one connection run at once, each with its own answer") {
  constexpr std::size_t streams = 100;
  const GridProject project(R"({"functions": {"faults/gate": {"concurrency": 100}}})", HttpVersion::two);
  const auto gate = project.served().state_directory() + "/gate";
  REQUIRE(::mkfifo(gate.c_str(), 0666) == 0);
  REQUIRE(::chmod(gate.c_str(), 0666) == 0);  // for the account that runs functions
  Http2Connection connection(project.port());
  for (std::size_t i = 0; i < streams; ++i) {
    const auto id = "stream-" + std::to_string(1 + 2 * i);
    connection.request(http2_request("GET", "/api/faults/gate?name=gate", {{"x-request-id", id}}));
  }
  REQUIRE(eventually([&] {
    std::ifstream journal(gate + ".ran");
    return std::distance(std::istream_iterator<std::string>(journal), {}) ==
           static_cast<std::ptrdiff_t>(streams);
  }));
  std::ofstream(gate) << std::flush;  // opens it
  for (std::uint32_t stream = 1; stream < 2 * streams; stream += 2) {
    const auto answer = connection.answer(stream);
    CAPTURE(stream);
    CHECK(answer.is_whole);
    CHECK(answer.response.status == 200);
    CHECK(answer.response.header("X-Request-Id") == "stream-" + std::to_string(stream));
  }
}

TEST_CASE("plain HTTP on the port of TLS is a problem page, and starts no function") {
  const GridProject project(HttpVersion::two);
  for (const char* line : {"GET /api/grid/where", "POST /api/grid/where", "GET /api/nowhere"}) {
    const auto response = parse_response(raw_exchange(
        project.port(), std::string(line) + " HTTP/1.1\r\nHost: example.org\r\nContent-Length: 0\r\n\r\n"));
    check_problem(response, 400);
    CHECK(response.body.find("HTTPS") != std::string::npos);
    CHECK_FALSE(response.has_header("Strict-Transport-Security"));
  }
  check_problem(parse_response(raw_exchange(project.port(), "garbage\r\n\r\n")), 400);
  CHECK(project.workers().empty());
}

TEST_CASE("TLS is 1.2 or 1.3 with forward secrecy and authenticated encryption") {
  const GridProject project(HttpVersion::two);
  const auto version = [&](int highest, const std::string& ciphers) {
    return TlsConnection(project.port(), {.highest_version = highest, .ciphers = ciphers}).version();
  };
  CHECK(version(0, "") == "TLSv1.3");
  CHECK(version(TLS1_2_VERSION, "") == "TLSv1.2");
  CHECK(version(TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305") == "TLSv1.2");
  CHECK_THROWS_WITH(version(TLS1_1_VERSION, ""), Catch::Contains("no TLS"));
  CHECK_THROWS_WITH(version(TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"), Catch::Contains("no TLS"));
  CHECK_THROWS_WITH(TlsConnection(project.port(), {.application_protocol = "spdy/3"}),
                    Catch::Contains("no application protocol"));
}

TEST_CASE("every answer over HTTPS promises it, whoever makes it, and tells browsers not to guess") {
  const GridProject project(HttpVersion::two);
  const auto ask = [&](const std::string& line, const std::string& headers = "") {
    TlsConnection connection(project.port());
    connection.send(line + " HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n" + headers + "\r\n");
    return parse_response(connection.receive_all());
  };
  const std::string from = "Origin: https://app.example\r\n";
  // But for what is refused before its Host has been read: nobody knows whose the promise would be.
  for (const auto& [line, headers, status] : std::vector<std::tuple<std::string, std::string, int>>{
           {"GET /api/grid/where", "", 200},
           {"GET /api/grid/bug", "", 500},
           {"GET /api/grid/slow", "", 504},
           {"POST /api/faults/crash?how=abort", "Content-Length: 0\r\n", 502},
           {"GET /api/faults/broken", "", 503},
           {"GET /api/nothing", "", 404},
           {"PUT /api/grid/where", "Content-Length: 0\r\n", 405},
           {"POST /api/grid/upload", "Content-Length: 2000\r\n", 413},
           {"OPTIONS /api/cors/page", from + "Access-Control-Request-Method: GET\r\n", 204},
           {"GET /api/cors/page", from, 200},
           {"POST /api/cors/page", from + "Content-Length: 2000\r\n", 413},
           {"GET /api/cors/open", "", 200},
           {"GET /openapi.json", "", 200},
           {"GET /docs/", "", 308},
           {"GET /docs/nothing", "", 404},
           {"GET /healthz", "", 200},
           {"GET /readyz", "", 200},
           {"GET /nothing", "", 404}}) {
    CAPTURE(line.substr(0, 100));
    const auto answer = ask(line, headers);
    CHECK(answer.status == status);
    CHECK(answer.header_values("Strict-Transport-Security") == std::vector<std::string>{"max-age=63072000"});
    if (status != 204 && status != 308)
      CHECK(answer.header_values("X-Content-Type-Options") == std::vector<std::string>{"nosniff"});
  }
}

TEST_CASE("only a host that is reached at the port of HTTPS is promised to speak nothing else") {
  const GridProject project(HttpVersion::two);
  for (const char* host : {"example.org", "api.example.org"})
    CHECK(strict_transport_security(project.port(), host) == "max-age=63072000");
  for (const char* host :
       {"localhost", "LOCALHOST", "app.localhost", "example.org:8443", "localhost:8443", "[::1]"}) {
    CAPTURE(host);
    CHECK(strict_transport_security(project.port(), host).empty());
  }
  TlsConnection answered(project.port());
  answered.send("GET /api/grid/where HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
  CHECK(parse_response(answered.receive_all()).header("Strict-Transport-Security") == "max-age=63072000");
  const GridProject plain;
  const auto response = parse_response(raw_exchange(plain.port(), request_for("example.org")));
  CHECK_FALSE(response.has_header("Strict-Transport-Security"));
}

TEST_CASE(
    "the key stays where it is: in no file of the run directory, no log, no command line and no "
    "environment") {
  const GridProject project(HttpVersion::two);
  REQUIRE(project.client().get(project.url("/api/faults/pid")).status == 200);
  const auto key = read_file(project.certificate().key_file());
  const auto secret = key.substr(key.find('\n') + 1, 40);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(project.served().run_directory())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    CAPTURE(entry.path());
    CHECK(read_file(entry.path()).find(secret) == std::string::npos);
  }
  CHECK(files >= 3);
  CHECK(project.served().log().find(secret) == std::string::npos);
  for (const auto worker : project.workers()) {
    const auto directory = "/proc/" + std::to_string(worker);
    CHECK(read_file(directory + "/environ").find(project.certificate().key_file()) == std::string::npos);
    for (const auto& file : std::filesystem::directory_iterator(directory + "/fd")) {
      std::error_code gone;
      CHECK(std::filesystem::read_symlink(file.path(), gone).string() != project.certificate().key_file());
    }
  }
}
