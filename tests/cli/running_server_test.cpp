// The verbs that ask a server that runs.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/build_folder.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

struct Running {
  BuildFolder build{STILE_E2E_FUNCTIONS, {"faults/pid", "faults/crash", "grid/bug"}};
  ServedProject project;

  explicit Running(const std::string& flag = "--keep-crashes") : project(options(flag)) {}
  ServedOptions options(const std::string& flag) const {
    ServedOptions result;
    result.arguments = {"--functions-build", build.path(), flag};
    return result;
  }
  std::vector<std::string> command(const std::string& verb, std::vector<std::string> arguments = {}) const {
    std::vector<std::string> words{STILE_BINARY_DIR "/bin/stile", verb, "--run-dir", project.run_directory()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }
  Outcome stile(const std::string& verb, std::vector<std::string> arguments = {}) const {
    return run(command(verb, std::move(arguments)));
  }
  std::string pid() const { return HttpClient().get(project.url("/api/faults/pid")).body; }
};

}  // namespace

TEST_CASE("stile reload says what it has replaced, or why not and exits with 1") {
  Running running;
  const auto before = running.pid();
  running.build.build_again("faults/pid");
  const auto replaced = running.stile("reload");
  CHECK(replaced.exit.code == 0);
  CHECK(replaced.out == "replaced faults/pid\n");
  const auto now = running.pid();
  CHECK(now != before);
  CHECK(running.stile("reload").out == "nothing has changed\n");

  running.build.put_file("faults/pid", "no program");
  const auto failed = running.stile("reload");
  CHECK(failed.exit.code == 1);
  CHECK(failed.out.empty());
  CHECK_THAT(failed.err, Catch::StartsWith("stile: faults/pid: ") && Catch::Contains("exec"));
  CHECK(running.pid() == now);
}

TEST_CASE("stile rollback puts the build before back, or says that there is none") {
  Running running;
  running.build.put("faults/pid", "grid/bug");
  REQUIRE(running.stile("reload").exit.code == 0);
  CHECK(HttpClient().get(running.project.url("/api/faults/pid")).status == 500);
  CHECK(running.stile("rollback", {"faults/pid"}).out == "replaced faults/pid\n");
  CHECK(HttpClient().get(running.project.url("/api/faults/pid")).status == 200);
  const auto further = running.stile("rollback", {"faults/pid"});
  CHECK(further.exit.code == 1);
  CHECK_THAT(further.err, Catch::Contains("is at the oldest build"));
  CHECK(running.stile("reload").out ==
        "nothing has changed; an earlier build serves, until there is another one: faults/pid\n");
  CHECK_THAT(running.stile("rollback", {"grid/bug"}).err, Catch::Contains("has had no other build"));
  CHECK(running.stile("rollback").exit.code == 2);
}

TEST_CASE("stile status counts requests and errors, over replaced workers too") {
  Running running;
  HttpClient client;
  for (int i = 0; i < 7; ++i) client.get(running.project.url("/api/faults/pid"));
  for (int i = 0; i < 3; ++i) client.get(running.project.url("/api/grid/bug"));
  client.request("POST", running.project.url("/api/faults/crash?how=abort"));
  running.build.build_again("faults/pid");
  REQUIRE(running.stile("reload").exit.code == 0);
  for (int i = 0; i < 5; ++i) client.get(running.project.url("/api/faults/pid"));

  const auto object = json::parse(running.stile("status", {"--json"}).out);
  CHECK(object.at("answered") == true);
  std::map<std::string, json> functions;
  for (const auto& function : object.at("functions")) functions[function.at("name")] = function;
  CHECK(functions.at("faults/pid").at("requests") == 12);
  CHECK(functions.at("faults/pid").at("errors") == 0);
  CHECK(functions.at("faults/pid").at("restarts") == 1);
  CHECK(functions.at("faults/pid").at("state") == "ready");
  CHECK(functions.at("faults/pid").at("memory_bytes") > 100'000);
  CHECK(functions.at("faults/pid").at("p99_ms") > 0);
  CHECK(functions.at("grid/bug").at("requests") == 3);
  CHECK(functions.at("grid/bug").at("errors") == 3);
  CHECK(functions.at("faults/crash").at("crashes") == 1);
  CHECK(functions.at("faults/crash").at("last_crash").get<std::string>().find("signal 6") !=
        std::string::npos);

  const auto table = running.stile("status");  // no terminal: once
  CHECK(table.exit.code == 0);
  CHECK_THAT(table.out, Catch::StartsWith("FUNCTION ") && Catch::Contains("\ngrid/bug "));
  CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 4);
}

TEST_CASE("what the workers count is shown where the server does not answer") {
  Running running;
  for (int i = 0; i < 4; ++i) running.pid();
  running.project.process().signal(SIGSTOP);
  const auto outcome = run(running.command("status", {"--json"}), {}, std::chrono::seconds(20));
  running.project.process().signal(SIGCONT);
  INFO(outcome.out << outcome.err);
  const auto object = json::parse(outcome.out);
  CHECK(object.at("answered") == false);
  CHECK(object.at("functions").at(0).at("name") == "faults.pid");
  CHECK(object.at("functions").at(0).at("requests") == 4);
}

TEST_CASE("stile logs prints the lines of all, or of one function, and follows") {
  Running running;
  HttpClient client;
  client.get(running.project.url("/api/grid/bug"));
  running.pid();
  REQUIRE(eventually([&] {  // each of nginx's workers keeps its lines for a while
    const auto log = running.stile("logs").out;
    return log.find("/api/faults/pid\",") != std::string::npos &&
           log.find("/api/grid/bug\",") != std::string::npos;
  }));
  const auto all = running.stile("logs").out;
  CHECK(all.find("ready: ") != std::string::npos);
  const auto bug = running.stile("logs", {"grid/bug"}).out;
  CHECK_THAT(bug, Catch::Contains(" error grid/bug ") && Catch::Contains("\"path\":\"/api/grid/bug\""));
  CHECK(bug.find("faults/pid") == std::string::npos);
  CHECK(bug.find("ready: ") == std::string::npos);

  const Process follower(running.command("logs", {"-f", "faults/crash"}));
  client.request("POST", running.project.url("/api/faults/crash?how=abort"));
  follower.wait_for_line(Stream::out, "faults/crash ended by signal 6");
}

TEST_CASE("where no server runs, each says how to start one") {
  const TemporaryDirectory directory;
  for (const std::string verb : {"reload", "status", "logs"}) {
    const auto outcome = run({STILE_BINARY_DIR "/bin/stile", verb, "--run-dir", directory.path()});
    CAPTURE(verb, outcome.err);
    CHECK(outcome.exit.code == 1);
    CHECK_THAT(outcome.err, Catch::StartsWith("stile: no server ") && Catch::Contains("--run-dir"));
  }
}

TEST_CASE("the request that ended a worker is kept, masked, for its owner alone, and can be run again") {
  const bool is_kept = GENERATE(true, false);
  Running running(is_kept ? "--keep-crashes" : "--no-keep-crashes");
  HttpClient client;
  const auto lost =
      client.request("POST", running.project.url("/api/faults/crash?how=abort&token=swordfish&pin=swordfish"),
                     {{"Authorization", "Bearer swordfish"}, {"Content-Type", "text/plain"}}, "body");
  CHECK(lost.status == 502);
  const auto line = running.project.wait_for_log("it was running " + lost.header("X-Request-Id"));
  const auto folder = running.project.run_directory() + "/crashes";
  if (!is_kept) {
    CHECK(line.find("stile replay") == std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder));
    return;
  }
  const auto at = line.find("stile replay ");
  REQUIRE(at != std::string::npos);
  const auto file = line.substr(at + std::string("stile replay ").size());
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms(0077)) ==
        std::filesystem::perms::none);
  const auto text = read_file(file);
  CHECK(text.find("swordfish") == std::string::npos);
  CHECK(json::parse(text).at("body") == "body");

  const auto again = running.stile("replay", {file, "--functions-build", running.build.path()});
  INFO(again.err);
  CHECK(again.exit.signal == SIGABRT);
  const auto nothing = running.stile("replay", {"/nonexistent"});
  CHECK(nothing.exit.code == 1);
  CHECK_THAT(nothing.err, Catch::Contains("cannot read /nonexistent"));
  CHECK(running.stile("replay").exit.code == 2);
}

TEST_CASE("Ten reloads at once each end with 0, and replace a worker once for one build") {
  Running running;
  const auto before = running.pid();
  running.build.build_again("faults/pid");
  std::vector<std::unique_ptr<Process>> reloads;
  for (int i = 0; i < 10; ++i) reloads.push_back(std::make_unique<Process>(running.command("reload")));
  for (auto& one : reloads) CHECK(one->wait_all().code == 0);
  CHECK(running.pid() != before);
  const auto status = json::parse(running.stile("status", {"--json"}).out);
  std::map<std::string, json> functions;
  for (const auto& function : status.at("functions")) functions[function.at("name")] = function;
  CHECK(functions.at("faults/pid").at("restarts") == 1);
}
