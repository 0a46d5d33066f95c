// The verbs that ask a server that runs: status, reload, rollback, logs, replay.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;

namespace {

const std::string program = STILE_BINARY_DIR "/bin/stile";

Outcome ask(const ServedProject& served, std::vector<std::string> words) {
  words.insert(words.begin(), program);
  words.insert(words.end(), {"--run-dir", served.run_directory()});
  return run(words);
}

nlohmann::json status_of(const ServedProject& served, const std::string& name) {
  const auto outcome = ask(served, {"status", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit.clean());
  const auto status = nlohmann::json::parse(outcome.out);
  for (const auto& function : status.at("functions")) {
    if (function.at("name") == name) return function;
  }
  FAIL("status has no " << name);
  return {};
}

}  // namespace

TEST_CASE("status counts what a function has answered, as a table and as JSON") {
  const ServedProject served;
  CHECK(status_of(served, "hello").at("state") == "cold");
  HttpClient client;
  for (int i = 0; i < 3; ++i) REQUIRE(client.get(served.url("/api/hello")).status == 200);
  CHECK(eventually([&] { return status_of(served, "hello").at("requests") == 3; }));
  const auto hello = status_of(served, "hello");
  CHECK(hello.at("state") == "ready");
  CHECK(hello.at("up") == 1);
  CHECK(hello.at("errors") == 0);
  CHECK(hello.at("p99_us") > 0);
  CHECK(hello.at("memory") > 0);
  const auto table = ask(served, {"status"});
  CHECK_THAT(table.out,
             Catch::StartsWith("function ") && Catch::Contains("\nhello                ready         1/1"));
}

TEST_CASE("Where the server is gone status shows what its workers have counted, and says so") {
  const ServedProject served;
  HttpClient client;
  REQUIRE(client.get(served.url("/api/hello")).status == 200);
  fs::remove(served.run_directory() + "/control.sock");
  const auto outcome = ask(served, {"status"});
  CHECK(outcome.exit.clean());
  CHECK_THAT(outcome.out, Catch::Contains("no server runs on " + served.run_directory()) &&
                              Catch::Contains("\nhello                -             1/1"));
}

TEST_CASE("Without a server the verbs that ask one end with 1 and say how to start it") {
  const TemporaryDirectory directory;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status"}, {"status", "--json"}, {"reload"}, {"rollback", "hello"}}) {
    std::vector<std::string> command{program};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--run-dir", directory.path()});
    const auto outcome = run(command);
    CHECK(outcome.exit.code == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: no server runs on " + directory.path()) &&
                                Catch::Contains("./stile serve"));
  }
  CHECK(run({program, "logs", "--run-dir", directory.path()}).exit.code == 1);
}

TEST_CASE("The run directory is heard from the environment, whatever stile.json says meanwhile") {
  const ServedProject served;
  const TemporaryDirectory directory;
  directory.write("stile.json", "{ half of it");
  const ProcessOptions options{.environment = {{"STILE_RUN_DIR", served.run_directory()}},
                               .directory = directory.path()};
  CHECK(run({program, "reload"}, options).out == "nothing has changed\n");
}

TEST_CASE("reload serves another build of a function, and rollback the one before") {
  const TemporaryDirectory directory;
  const auto installed = install_into(directory.file("home"));
  const ServedProject served({.program = installed});
  HttpClient client;
  const auto answer = [&] { return client.get(served.url("/api/hello")).status; };
  REQUIRE(answer() == 200);
  CHECK(ask(served, {"reload"}).out == "nothing has changed\n");
  // "Rebuilt": the worker of another function, with its own route, which has no such path.
  fs::copy_file(directory.file("home/functions/index.fcgi"), directory.file("home/functions/hello.new"));
  fs::rename(directory.file("home/functions/hello.new"), directory.file("home/functions/hello.fcgi"));
  const auto reloaded = ask(served, {"reload"});
  CHECK(reloaded.exit.clean());
  CHECK(reloaded.out == "replaced hello\n");
  const auto other = client.get(served.url("/api/hello"));
  CHECK(other.body != R"({"message":"Hello, World!"})");
  const auto back = ask(served, {"rollback", "hello"});
  CHECK(back.exit.clean());
  CHECK(client.get(served.url("/api/hello")).body == R"({"message":"Hello, World!"})");
  const auto none = ask(served, {"rollback", "nothing"});
  CHECK(none.exit.code == 1);
  CHECK_THAT(none.err, Catch::Contains("there is no function nothing"));
}

TEST_CASE("A build that does not start leaves the old one serving, and reload ends with 1 and says why") {
  const TemporaryDirectory directory;
  const auto installed = install_into(directory.file("home"));
  const ServedProject served({.program = installed});
  directory.write("home/functions/hello.new", "#!/bin/false\n");
  fs::permissions(directory.file("home/functions/hello.new"), fs::perms::all);
  fs::rename(directory.file("home/functions/hello.new"), directory.file("home/functions/hello.fcgi"));
  const auto outcome = ask(served, {"reload"});
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: hello: "));
  HttpClient client;
  CHECK(client.get(served.url("/api/hello")).body == R"({"message":"Hello, World!"})");
}

TEST_CASE("logs prints what was logged, of one function where it is named, and goes on with -f") {
  const ServedProject served;
  HttpClient client;
  REQUIRE(client.get(served.url("/api/hello")).status == 200);
  REQUIRE(ask(served, {"reload"}).exit.clean());
  CHECK(eventually([&] { return ask(served, {"logs"}).out.find("reload: nothing") != std::string::npos; }));
  CHECK_THAT(ask(served, {"logs", "stile"}).out,
             Catch::Contains("reload: nothing") && !Catch::Contains("ready: "));
  CHECK(ask(served, {"logs", "nobody"}).out.empty());
  const Process follower({program, "logs", "-f", "stile", "--run-dir", served.run_directory()});
  follower.wait_for_line(Stream::out, "reload: nothing");
  REQUIRE(ask(served, {"rollback", "nothing"}).exit.code == 1);
  CHECK_NOTHROW(follower.wait_for_line(Stream::out, "there is no function nothing"));
}

TEST_CASE("replay names what it can't run") {
  const TemporaryDirectory directory;
  const auto fail = [&](const std::string& file) {
    const auto outcome = run({program, "replay", file, "--state-dir", directory.path()});
    CHECK(outcome.exit.code == 1);
    return outcome.err;
  };
  CHECK_THAT(fail("/nonexistent"), Catch::Contains("cannot read /nonexistent"));
  CHECK_THAT(fail(directory.write("a", "{}")), Catch::Contains("no request"));
  CHECK_THAT(fail(directory.write("b", R"({"function": "gone"})")), Catch::Contains("'gone'"));
}
