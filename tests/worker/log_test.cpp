// What a function writes and how it fails, as its supervisor and its client meet it.
#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "worker/workers.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

struct Lent {
  FakeSlot slot;
  BorrowingWorker worker;
  LentConnection connection;

  explicit Lent(const std::string& function) : worker(slot, function), connection(slot.connect()) {
    worker.lend(connection);
  }
  void wait_for(const std::string& record) const {
    worker.process().wait_for_line(Stream::err, [&](const std::string& line) { return line == record; });
  }
};

TEST_CASE("what a function logs and prints becomes records with the request's id") {
  Lent lent("prints");
  CHECK(lent.connection.client.exchange({.uri = "/api/prints"}).status == 204);
  lent.wait_for("\x1eWa-request\tlogged 1");
  lent.wait_for("\x1eIa-request\tcout 2");
  lent.wait_for("\x1eWa-request\tcerr 3");
  lent.wait_for("\x1eIa-request\tprintf 4");
  lent.wait_for("\x1eWa-request\tstderr 5");
  lent.wait_for("\x1eWa-request\tsecond line");
  lent.wait_for("\x1eIa-request\twithout an end");
  CHECK(lent.worker.process().text(Stream::out).empty());
}

TEST_CASE("what a function writes to its descriptors directly passes as it is") {
  Lent lent("prints");
  CHECK(lent.connection.client.exchange({.method = "POST", .uri = "/api/prints"}).status == 204);
  lent.worker.process().wait_for_line(Stream::out, "written directly");
}

TEST_CASE("what a thread's objects print at its end becomes a record without a request") {
  Lent lent("once_a_thread");
  CHECK(lent.connection.client.exchange({.uri = "/api/once_a_thread"}).status == 200);
  lent.wait_for("\x1eIa-request\tmade");
  lent.worker.drain();
  lent.wait_for("\x1eI-\tdestroyed");
}

TEST_CASE("a problem that is thrown is the answer, and no bug") {
  Lent lent("failing/{how}");
  const CgiAnswer answer = lent.connection.client.exchange({.uri = "/api/failing/problem"});
  CHECK(answer.status == 409);
  CHECK(json::parse(answer.body).at("detail") == "once is enough");
  CHECK(lent.worker.process().text(Stream::err).empty());
}

TEST_CASE("anything else that is thrown is a 500 without a word of it, and the log has it all") {
  Lent lent("failing/{how}");
  const CgiAnswer answer = lent.connection.client.exchange({.uri = "/api/failing/exception"});
  CHECK(answer.status == 500);
  CHECK(answer.body.find("1234") == std::string::npos);
  CHECK(json::parse(answer.body).at("request_id") == "a-request");
  lent.wait_for(
      "\x1e"
      "Ea-request\tthe function failed: the password is 1234");
  CHECK(lent.connection.client.exchange({.uri = "/api/failing/number"}).status == 500);
  CHECK(lent.connection.client.exchange({.uri = "/api/failing/not"}).status == 200);
}

TEST_CASE("a function that aborts ends its process as any program's would") {
  Lent lent("failing/{how}");
  lent.connection.client.send(CgiRequest{.uri = "/api/failing/abort"});
  CHECK(lent.worker.wait().signal == SIGABRT);
  CHECK(lent.slot.state(lent.connection.id) == lending::State::busy);
}

TEST_CASE("a request in the terminal: the answer on standard output, the log on standard error") {
  const Outcome outcome = run({worker_program("prints"), "--invoke", "GET", "/api/prints"});
  CHECK(outcome.exit.clean());
  CHECK(outcome.out == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(outcome.err.find("cout 2\n") != std::string::npos);
  CHECK(outcome.err.find("warning ") == 0);
}

TEST_CASE("with --debug a client on this machine is told what a bug was, and without it nobody is") {
  const CgiRequest here{.uri = "/api/failing/exception", .more = {{"REMOTE_ADDR", "127.0.0.1"}}};
  const CgiRequest elsewhere{.uri = "/api/failing/exception", .more = {{"REMOTE_ADDR", "192.0.2.1"}}};
  const LoneWorker worker("failing/{how}", {"--debug"});
  CHECK(json::parse(worker.connect().exchange(here).body).at("debug").at("what") == "the password is 1234");
  CHECK_FALSE(json::parse(worker.connect().exchange(elsewhere).body).contains("debug"));
  const LoneWorker usual("failing/{how}");
  CHECK_FALSE(json::parse(usual.connect().exchange(here).body).contains("debug"));
}

TEST_CASE("a request in the terminal takes headers and a body") {
  const TemporaryDirectory directory;
  const std::string body = directory.write("body", std::string("with a \0 in it", 14));
  const Outcome outcome = run({worker_program("bytes"), "--invoke", "POST", "/api/bytes", "--body", body});
  CHECK(outcome.exit.clean());
  CHECK(outcome.out.find("HTTP/1.1 200 OK\r\n") == 0);
  CHECK(outcome.out.find(std::string("\r\n\r\nwith a \0 in it", 18)) != std::string::npos);
  CHECK(run({worker_program("gate"), "--invoke", "GET", "/api/gate", "--header", "X-Gate: /nowhere"})
            .out.find("HTTP/1.1 503 ") == 0);
  CHECK(run({worker_program("bytes"), "--invoke", "POST", "/api/bytes", "--body", "/nowhere"}).exit.code ==
        1);
}

TEST_CASE("the manifest is printed, or written to a file") {
  const TemporaryDirectory directory;
  const Outcome printed = run({worker_program("bytes"), "--describe"});
  CHECK(json::parse(printed.out).at("limits").at("max_body") == 1'000'000);
  CHECK(run({worker_program("bytes"), "--describe", "--output", directory.file("m.json")}).exit.clean());
  CHECK(read_file(directory.file("m.json")) == printed.out);
  CHECK(run({worker_program("bytes"), "--describe", "--output", directory.file("no/m.json")}).exit.code == 1);
}

}  // namespace
}  // namespace stile::test
