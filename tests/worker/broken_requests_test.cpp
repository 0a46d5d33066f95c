// Requests that are cut short or break the protocol: none runs, each ends its connection at once and for all, and
// costs nobody else anything.
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "posix/error.hpp"
#include "worker/broken_requests.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

constexpr std::size_t read_buffer = 8192;  // libfcgi's
// Far beyond the tests' patience: what ends before was ended by what came, not by the time.
const std::vector<std::string> no_deadline{"--concurrency", "1", "--timeout-ms", "3600000"};
const CgiRequest options_of_gate{.method = "OPTIONS", .uri = "/api/gate"};

// False where the worker has ended the connection meanwhile, which it may.
bool send_all(const FastCgiConnection& connection, std::string_view bytes) {
  try {
    connection.send(bytes);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// A whole beginning and parameters that begin a request of `size` bytes; the last name fills it.
std::string filled_to(std::size_t size, const CgiRequest& request) {
  CgiParameters parameters = all_parameters(request);
  const std::string start = begin_request();
  const std::size_t room = size - start.size() - RecordHeader().bytes().size();
  parameters.emplace_back("HTTP_X_FILL", std::string(room, 'x'));
  const std::size_t beyond = encode_parameters(parameters).size() - room;
  parameters.back().second.resize(room - beyond);
  const std::string pairs = encode_parameters(parameters);
  REQUIRE(pairs.size() == room);
  return start + RecordHeader{.type = 4, .content_length = pairs.size()}.bytes() + pairs;
}

TEST_CASE("what breaks the protocol ends the connection at once, wherever it stands, and leaves nothing") {
  const LoneWorker worker("gate", no_deadline);
  const Gate gate;
  REQUIRE(worker.connect().exchange(options_of_gate).status == 204);
  const std::size_t before = open_descriptors(worker.process().pid());
  for (const BrokenRequest& broken : broken_requests(gate.request())) {
    CAPTURE(broken.what);
    auto at_once = worker.connect();
    send_all(at_once, broken.bytes);
    REQUIRE(at_once.is_closed_without_answer());
    auto in_two = worker.connect();
    send_all(in_two, std::string_view(broken.bytes).substr(0, broken.bytes.size() - 1));
    send_all(in_two, std::string_view(broken.bytes).substr(broken.bytes.size() - 1));
    REQUIRE(in_two.is_closed_without_answer());
  }
  CHECK_FALSE(gate.has_more_arrivals());
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) <= before; }));
}

TEST_CASE("what breaks the protocol ends a connection that is lent, for whoever holds a copy of it") {
  FakeSlot slot;
  BorrowingWorker worker(slot, "gate", no_deadline);
  const Gate gate;
  const std::size_t before = open_descriptors(worker.process().pid());
  std::vector<BrokenRequest> cases = broken_requests(gate.request());
  cases.resize(50);  // of all the others the worker has told above
  for (const BrokenRequest& broken : cases) {
    CAPTURE(broken.what);
    auto connection = slot.connect();
    worker.lend(connection);
    send_all(connection.client, broken.bytes);
    // The supervisor's copy, which the test holds, is open.
    REQUIRE(connection.client.is_closed_without_answer());
    const lending::Message message = worker.receive();
    REQUIRE(message.kind == lending::Kind::returned);
    REQUIRE(message.connection == connection.id);
    REQUIRE(message.fate == lending::Fate::ended);
    REQUIRE(slot.state(connection.id) == lending::State::poisoned);
  }
  CHECK_FALSE(gate.has_more_arrivals());
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) <= before; }));
}

TEST_CASE(
    "what breaks the protocol behind a whole request does not touch its answer, and ends the connection "
    "then") {
  const LoneWorker worker("hello", no_deadline);
  const CgiRequest hello{.uri = "/api/hello"};
  for (const BrokenRequest& broken : broken_requests(hello)) {
    CAPTURE(broken.what);
    auto connection = worker.connect();
    send_all(connection, hello.bytes() + broken.bytes);
    REQUIRE(connection.receive().body == R"({"message":"hello"})");
    REQUIRE(connection.is_closed_without_answer());
  }
}

TEST_CASE("a request that is cut anywhere does not run, whether its peer waits, stops or leaves") {
  const LoneWorker worker("gate", no_deadline);
  const Gate gate;
  REQUIRE(worker.connect().exchange(options_of_gate).status == 204);
  const std::size_t before = open_descriptors(worker.process().pid());
  CgiRequest request = gate.request();
  request.body = "a body";
  const std::string whole = request.bytes();
  // The padding of its last record tells nothing: without it, all the rest is no request yet.
  for (std::size_t size = 0; size < whole.size() - 8; ++size) {
    CAPTURE(size);
    auto stops = worker.connect();
    stops.send(std::string_view(whole).substr(0, size));
    stops.finish_sending();
    REQUIRE(stops.is_closed_without_answer());
    auto leaves = worker.connect();
    leaves.send(std::string_view(whole).substr(0, size));
  }
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
  CHECK(eventually([&] { return open_descriptors(worker.process().pid()) <= before; }));
  CHECK_FALSE(gate.has_more_arrivals());
}

// libfcgi takes parameters that end behind a value for all that there are.
TEST_CASE("parameters that end where the buffer of who reads them does are not taken for all") {
  const LoneWorker worker("gate", no_deadline);
  const Gate gate;
  const std::string head = filled_to(GENERATE(1U, 2U, 3U) * read_buffer, gate.request());
  auto connection = worker.connect();
  SECTION("and what follows breaks the protocol") { connection.send(head + "GET / HTTP/1.1\r\n\r\n"); }
  SECTION("and an abort follows") { connection.send(head + record(RecordType::abort_request, {})); }
  SECTION("and nothing follows") {
    connection.send(head);
    connection.finish_sending();
  }
  CHECK(connection.is_closed_without_answer());
  CHECK(worker.connect().exchange(options_of_gate).status == 204);
  CHECK_FALSE(gate.has_more_arrivals());
}

TEST_CASE("lengths that are written longer than they need be are lengths") {
  const LoneWorker worker("hello");
  std::string pairs;
  for (const auto& [name, value] : all_parameters({.uri = "/api/hello"})) {
    for (const std::size_t size : {name.size(), value.size()}) {
      const std::array<char, 4> length{'\x80', 0, 0, static_cast<char>(size)};
      pairs.append(length.data(), length.size());
    }
    pairs += name + value;
  }
  auto connection = worker.connect();
  connection.send(begin_request() + record(RecordType::params, pairs) + record(RecordType::params, {}) +
                  record(RecordType::standard_input, {}));
  CHECK(connection.receive().status == 200);
}

TEST_CASE("parameters are taken up to their bounds, whatever their number, names and values take") {
  const LoneWorker worker("hello");
  auto connection = worker.connect();
  CgiRequest request{.uri = "/api/hello"};
  const std::string libfcgi_adds = "FCGI_ROLE=RESPONDER";
  const std::size_t own = all_parameters(request).size() + 1;
  SECTION("as many as may be") {
    for (std::size_t i = own; i < 256; ++i) request.more.emplace_back("HTTP_X_" + std::to_string(i), "1");
    CHECK(connection.exchange(request).status == 200);
    request.more.emplace_back("HTTP_X_ONE_MORE", "1");
    CHECK(connection.exchange(request).status == 431);
  }
  SECTION("as large as may be") {
    std::size_t taken = libfcgi_adds.size();  // "NAME=value" of each
    for (const auto& [name, value] : all_parameters(request)) taken += name.size() + 1 + value.size();
    const std::string long_name(GENERATE(as<std::size_t>{}, 1, 127, 128, 40'000), 'A');
    request.more.emplace_back(long_name, std::string(65'536 - taken - long_name.size() - 1, 'x'));
    CHECK(connection.exchange(request).status == 200);
    request.more.back().second += 'x';
    CHECK(connection.exchange(request).status == 431);
  }
  SECTION("without a name, without a value, without both") {
    for (int i = 0; i < 10; ++i) {
      request.more.emplace_back("", "value");
      request.more.emplace_back("HTTP_X_EMPTY", "");
      request.more.emplace_back("", "");
    }
    CHECK(connection.exchange(request).status == 200);
  }
}

}  // namespace
}  // namespace stile::test
