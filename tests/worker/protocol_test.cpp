// What a peer may send, and what it may not: no bytes reach a function unparsed, or as part of another
// request.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

const CgiRequest hello{.uri = "/api/hello"};
const CgiRequest options_of_gate{.method = "OPTIONS", .uri = "/api/gate"};

std::string begin_record(unsigned char role = 1) {
  return record(RecordType::begin_request, std::string{0, static_cast<char>(role), 1, 0, 0, 0, 0, 0});
}

void check_refused(const CgiAnswer& answer, int status) {
  CHECK(answer.status == status);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  const json problem = json::parse(answer.body);
  CHECK(problem.at("status") == status);
  CHECK_FALSE(problem.at("detail").get<std::string>().empty());
  CHECK(problem.at("request_id") == "a-request");
}

TEST_CASE("a body that holds FastCGI records is a body, read or not") {
  const std::string body = CgiRequest{.method = "POST", .uri = "/api/bytes", .body = "smuggled"}.bytes();
  {
    const LoneWorker worker("bytes");
    auto connection = worker.connect();
    CHECK((connection.exchange({.method = "POST", .uri = "/api/bytes", .body = body}).body == body));
    CHECK((connection.exchange({.method = "POST", .uri = "/api/bytes", .body = "next"}).body == "next"));
  }
  const LoneWorker worker("hello");
  auto connection = worker.connect();
  for (int i = 0; i < 3; ++i) {
    CHECK(connection.exchange({.method = "POST", .uri = "/api/hello", .body = body}).body ==
          R"({"message":"posted"})");
    CHECK(connection.exchange(hello).body == R"({"message":"hello"})");
  }
}

TEST_CASE("a request that comes byte by byte is one") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  for (const char byte : CgiRequest{.method = "POST", .uri = "/api/bytes", .body = "slow"}.bytes()) {
    connection.send(std::string_view(&byte, 1));
  }
  CHECK(connection.receive().body == "slow");
  CHECK((connection.exchange({.method = "POST", .uri = "/api/bytes", .body = "next"}).body == "next"));
}

TEST_CASE("a request that breaks off anywhere is not run, and others are served") {
  const LoneWorker worker("gate", {"--concurrency", "1"});
  const Gate gate;
  const std::string whole = gate.request().bytes();
  // The last record, the end of the body, is 8 bytes long: without it, all the rest is no request yet.
  for (std::size_t size = 0; size + 1 < whole.size(); size += size < 24 ? 1 : 7) {
    CAPTURE(size);
    auto connection = worker.connect();
    connection.send(std::string_view(whole).substr(0, size));
    connection.finish_sending();
    CHECK(connection.is_closed_without_answer());
  }
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
  CHECK_FALSE(gate.has_more_arrivals());
}

TEST_CASE("a request that is aborted does not run") {
  const LoneWorker worker("gate");
  const Gate gate;
  const std::string whole = gate.request().bytes();
  auto connection = worker.connect();
  connection.send(whole.substr(0, whole.size() - 8) + record(RecordType::abort_request, {}));
  CHECK(connection.is_closed_without_answer());
  CHECK_FALSE(gate.has_more_arrivals());
}

TEST_CASE("what is not FastCGI 1.0, or not for a responder, closes the connection") {
  const LoneWorker worker("hello");
  std::string bytes = hello.bytes();
  SECTION("another version") { bytes[0] = 2; }
  SECTION("HTTP") { bytes = "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n"; }
  SECTION("a record of a kind that nobody knows") { bytes[1] = 99; }
  SECTION("a question about the worker, which libfcgi would answer into a buffer that is too small") {
    std::string names;
    for (int i = 0; i < 100; ++i) names += std::string{14, 0} + "FCGI_MAX_CONNS";
    bytes = record(RecordType::get_values, names, 0) + bytes;
  }
  SECTION("the same within the parameters") {
    const std::string question = record(RecordType::get_values, std::string{14, 0} + "FCGI_MAX_CONNS", 0);
    bytes = begin_record() + question + bytes.substr(begin_record().size());
  }
  SECTION("another request's parameters") {
    bytes = begin_record() + record(RecordType::params, encode_parameters({{"A", "b"}}), 2);
  }
  SECTION("an authorizer") { bytes = CgiRequest{.uri = "/api/hello", .role = 2}.bytes(); }
  SECTION("parameters that are longer than their record") {
    bytes = begin_record() + record(RecordType::params, "\x7f\x7fshort") + record(RecordType::params, {}) +
            record(RecordType::standard_input, {});
  }
  auto connection = worker.connect();
  connection.send(bytes);
  connection.finish_sending();
  const std::string rest = connection.receive_rest();
  CHECK(rest.find("message") == std::string::npos);
  CHECK(worker.connect().exchange(hello).status == 200);
}

TEST_CASE("of two requests sent at once the first is answered, and then the connection is closed") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const CgiRequest request{.method = "POST", .uri = "/api/bytes", .body = "first"};
  SECTION("whole") { connection.send(request.bytes() + request.bytes()); }
  SECTION("in part") { connection.send(request.bytes() + request.bytes().substr(0, 5)); }
  CHECK(connection.receive().body == "first");
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a body of another length than was said is refused") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  SECTION("longer") {
    check_refused(connection.exchange({"POST", "/api/bytes", "12345", {{"CONTENT_LENGTH", "4"}}}), 400);
  }
  SECTION("shorter") {
    check_refused(connection.exchange({"POST", "/api/bytes", "12345", {{"CONTENT_LENGTH", "6"}}}), 400);
  }
  SECTION("no number") {
    check_refused(connection.exchange({"POST", "/api/bytes", "12345", {{"CONTENT_LENGTH", "5x"}}}), 400);
  }
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a body whose length is not said ends with its stream") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const std::string length = GENERATE("-", "-1");  // not there, and how Caddy says so ("-" is left out)
  const auto post = [&](std::string body) {
    return CgiRequest{"POST", "/api/bytes", std::move(body), {{"CONTENT_LENGTH", length}}};
  };
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, std::size_t{200'000}, std::size_t{1'000'000}}) {
    CAPTURE(size);
    REQUIRE((connection.exchange(post(std::string(size, 'x'))).body == std::string(size, 'x')));
  }
  check_refused(connection.exchange(post(std::string(1'000'001, 'x'))), 413);
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a function that takes no body takes none whose length is not said") {
  const LoneWorker worker("hello", {"--max-body", "0"});
  auto connection = worker.connect();
  const auto post = [](const char* body) {
    return CgiRequest{"POST", "/api/hello", body, {{"CONTENT_LENGTH", "-"}}};
  };
  CHECK(connection.exchange(post("")).status == 200);
  check_refused(connection.exchange(post("x")), 413);
}

TEST_CASE("such a body does not reach the function where its stream breaks off") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const std::string whole = CgiRequest{"POST", "/api/bytes", "12345", {{"CONTENT_LENGTH", "-"}}}.bytes();
  connection.send(whole.substr(0, whole.size() - 8));
  connection.finish_sending();
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a peer that writes a body to its end before it reads finds the refusal") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  check_refused(connection.exchange({"POST", "/api/bytes", std::string(5'000'000, 'x'), {}}), 413);
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a body over the function's largest is refused before it is read") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  check_refused(connection.exchange(
                    {"POST", "/api/bytes", "only its length is large", {{"CONTENT_LENGTH", "1000001"}}}),
                413);
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("too many headers, and too large ones, are refused") {
  const LoneWorker worker("hello");
  CgiRequest request = hello;
  SECTION("many") {
    for (int i = 0; i < 300; ++i) request.more.emplace_back("HTTP_X_" + std::to_string(i), "1");
  }
  SECTION("large") { request.more.emplace_back("HTTP_X_LARGE", std::string(70'000, 'x')); }
  auto connection = worker.connect();
  check_refused(connection.exchange(request), 431);
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a request without a method or a URI is refused") {
  const LoneWorker worker("hello");
  const std::string missing = GENERATE("REQUEST_METHOD", "REQUEST_URI");
  CgiRequest request = hello;
  request.more.emplace_back(missing, "-");
  check_refused(worker.connect().exchange(request), 400);
}

TEST_CASE("a request without an id, or with one that would break a log line, gets another") {
  const LoneWorker worker("hello");
  const std::string id = GENERATE("-", "two\nlines", "a b", std::string(129, 'x'));
  const CgiAnswer answer = worker.connect().exchange({.uri = "/api/nowhere", .more = {{"REQUEST_ID", id}}});
  CHECK(json::parse(answer.body).at("request_id").get<std::string>().size() == 32);
}

TEST_CASE("headers that nginx would not take become a problem, and the log says whose") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const CgiAnswer answer = connection.exchange({.method = "PUT", .uri = "/api/bytes?size=9000"});
  CHECK(answer.status == 500);
  CHECK(json::parse(answer.body).at("request_id") == "a-request");
  worker.process().wait_for_line(Stream::err, "error a-request: the function failed: its headers are larger");
  CHECK(connection.exchange({.uri = "/api/bytes?size=1"}).status == 200);
}

TEST_CASE("a client that leaves while its request runs costs nothing but its connection") {
  const LoneWorker worker("gate", {"--concurrency", "1"});
  Gate gate;
  auto connection = worker.connect();
  connection.send(gate.request());
  gate.await_arrival();
  connection.close();
  gate.open_one();
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
}

}  // namespace
}  // namespace stile::test
