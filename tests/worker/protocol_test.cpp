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

TEST_CASE("of two requests sent at once the first is answered, and then the connection is closed") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  const CgiRequest request{.method = "POST", .uri = "/api/bytes", .body = "first"};
  SECTION("whole") { connection.send(request.bytes() + request.bytes()); }
  SECTION("in part") { connection.send(request.bytes() + request.bytes().substr(0, 5)); }
  CHECK(connection.receive().body == "first");
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("two requests sent at once never get one answer, wherever the buffer of who reads them ends") {
  const LoneWorker worker("bytes");
  const std::string second = CgiRequest{.method = "POST", .uri = "/api/bytes", .body = "second"}.bytes();
  int answered = 0;
  // The first one ends 128 bytes before the end of the first buffer, and later each time, up to as far behind.
  for (std::size_t size = 8192 - 384; size < 8192 + 128; size += 8) {
    CAPTURE(size);
    auto connection = worker.connect();
    const std::string body(size, 'x');
    connection.send(CgiRequest{.method = "POST", .uri = "/api/bytes", .body = body}.bytes() + second);
    REQUIRE((connection.receive().body == body));
    connection.finish_sending();
    const std::string rest = connection.receive_rest();  // empty where the second one is refused
    if (rest.empty()) continue;
    REQUIRE(rest.find("second") != std::string::npos);
    ++answered;
  }
  CHECK(answered == 1);  // where the buffer held the first one, and nothing else
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
  CHECK(connection.is_closed_without_answer());
}

TEST_CASE("a length that is no number is refused, and its body read to the end of its stream") {
  const LoneWorker worker("bytes");
  auto connection = worker.connect();
  check_refused(connection.exchange({"POST", "/api/bytes", "12345", {{"CONTENT_LENGTH", "5x"}}}), 400);
  CHECK(connection.exchange({.uri = "/api/bytes?size=1"}).status == 200);
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

// An HTTP client can do this much: it must not cost the next one its connection.
TEST_CASE(
    "too many headers, and too large ones, are refused once the body is in, and the connection goes on") {
  const LoneWorker worker("hello");
  CgiRequest request = hello;
  SECTION("many") {
    for (int i = 0; i < 300; ++i) request.more.emplace_back("HTTP_X_" + std::to_string(i), "1");
  }
  SECTION("large") { request.more.emplace_back("HTTP_X_LARGE", std::string(70'000, 'x')); }
  auto connection = worker.connect();
  for (const std::size_t size : {0U, 1U, 8192U, 1'000'000U}) {
    CAPTURE(size);
    request.body = std::string(size, 'x');
    check_refused(connection.exchange(request), 431);
    CHECK(connection.exchange(hello).status == 200);
  }
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
