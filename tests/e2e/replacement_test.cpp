// What is served changes while it is served: other builds, further and fewer functions, recycled and idle workers, and
// another supervisor.
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "e2e/gate.hpp"
#include "lending/counters.hpp"
#include "posix/fd.hpp"
#include "support/build_folder.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Served {
  BuildFolder build;
  TemporaryDirectory directory;
  ServedProject project;

  explicit Served(std::vector<std::string> names, const std::string& configuration = "{}")
      : build(STILE_E2E_FUNCTIONS, std::move(names)), project(options(configuration)) {}
  ServedOptions options(const std::string& configuration) const {
    ServedOptions result;
    result.arguments = {"--functions-build", build.path(), "--config",
                        directory.write("stile.json", configuration)};
    return result;
  }
  std::string url(const std::string& path) const { return project.url(path); }
  pid_t pid(const std::string& path = "/api/faults/pid") const {
    return json::parse(HttpClient().get(url(path)).body).at("pid").get<pid_t>();
  }
};

json ask(const ServedProject& project, const std::string& line) { return json::parse(project.ask(line)); }

json slot_of(const ServedProject& project, const std::string& name, std::size_t instance = 0) {
  const auto status = ask(project, "status");
  for (const auto& function : status.at("functions")) {
    if (function.at("name") == name) return function.at("slots").at(instance);
  }
  throw std::runtime_error("no function " + name);
}

}  // namespace

TEST_CASE("a reload replaces what was built again, and leaves the rest alone") {
  Served served({"faults/pid", "grid/where"});
  const auto before = served.pid();
  HttpClient().get(served.url("/api/grid/where"));
  const auto other = slot_of(served.project, "grid/where").at("pid");
  CHECK(ask(served.project, "reload").at("message") == "nothing has changed");
  CHECK(served.pid() == before);
  const auto nginx = served.project.processes("nginx");

  served.build.put("faults/pid", "faults/pid");
  const auto answer = ask(served.project, "reload");
  CHECK(answer.at("ok") == true);
  CHECK(answer.at("message") == "replaced faults/pid");
  CHECK(served.pid() != before);
  CHECK(slot_of(served.project, "grid/where").at("pid") == other);
  CHECK(served.project.processes("nginx") == nginx);
  CHECK(eventually([&] { return served.project.processes("faults/pid").size() == 1; }));
}

TEST_CASE("a file that was written again with what it held changes nothing") {
  Served served({"faults/pid"});
  const auto before = served.pid();
  served.build.put_file("faults/pid", read_file(served.build.path() + "/faults/pid.fcgi"));
  CHECK(ask(served.project, "reload").at("message") == "nothing has changed");
  CHECK(served.pid() == before);
}

TEST_CASE("SIGHUP is a reload") {
  Served served({"faults/pid"});
  const auto before = served.pid();
  served.build.put("faults/pid", "faults/pid");
  served.project.process().signal(SIGHUP);
  served.project.wait_for_log("reload: replaced faults/pid");
  CHECK(served.pid() != before);
}

TEST_CASE("no request that begins after a reload has returned is answered by the build before it") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"instances": 2}}})");
  std::set<pid_t> before;
  while (before.size() < 2) before.insert(served.pid());
  HttpClient kept;
  for (int round = 0; round < 10; ++round) {
    served.build.put("faults/pid", "faults/pid");
    REQUIRE(ask(served.project, "reload").at("ok") == true);
    std::set<pid_t> now;
    for (int i = 0; i < 20; ++i) {
      now.insert(json::parse(kept.get(served.url("/api/faults/pid")).body).at("pid").get<pid_t>());
      now.insert(served.pid());
    }
    for (const auto pid : now) REQUIRE_FALSE(before.contains(pid));
    before.insert(now.begin(), now.end());
  }
}

TEST_CASE("a request that runs is answered by the build that began it, while the next one serves") {
  Served served({"faults/gate"});
  Gate gate(served.url(""), served.project.state_directory(), "kept");
  auto answer = gate.send("POST");
  const auto first = gate.arrivals(1).at(0);
  served.build.put("faults/gate", "faults/gate");
  CHECK(ask(served.project, "reload").at("ok") == true);
  CHECK(HttpClient().request("OPTIONS", served.url("/api/faults/gate")).status == 204);
  CHECK(slot_of(served.project, "faults/gate").at("leaving") == json{first});
  gate.open();
  const auto response = answer.get();
  CHECK(response.status == 200);
  CHECK(json::parse(response.body).at("pid") == first);
  CHECK(eventually([&] { return slot_of(served.project, "faults/gate").at("leaving").empty(); }));
}

TEST_CASE("a build that does not come up leaves the old one serving, warm or cold, and the reason is said") {
  Served served({"faults/pid"});
  const bool is_warm = GENERATE(true, false);
  CAPTURE(is_warm);
  const pid_t before = is_warm ? served.pid() : 0;
  std::string reason;
  SECTION("it ends by itself") {
    served.build.put("faults/pid", "faults/broken");
    reason = "ended by exit code 1";
  }
  SECTION("it is no program") {
    served.build.put_file("faults/pid", "no program at all");
    reason = "exec";
  }
  const auto answer = ask(served.project, "reload");
  INFO(answer.dump());
  CHECK(answer.at("ok") == false);
  CHECK(answer.at("message").get<std::string>().find("faults/pid") != std::string::npos);
  CHECK(answer.at("message").get<std::string>().find(reason) != std::string::npos);
  const auto now = served.pid();
  if (before != 0) CHECK(now == before);
  // It is not tried again before there is another one.
  CHECK(ask(served.project, "reload").at("message") ==
        "nothing has changed; an earlier build serves, until there is another one: faults/pid");
  served.build.put("faults/pid", "faults/pid");
  CHECK(ask(served.project, "reload").at("message") == "replaced faults/pid");
  CHECK(served.pid() != now);
}

TEST_CASE("while one instance does not come up, the other ones answer all") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"instances": 2, "min_instances": 2}}})");
  const auto slot = [&](std::size_t instance) { return slot_of(served.project, "faults/pid", instance); };
  REQUIRE(eventually([&] { return slot(1).at("state") == "ready"; }));
  // Ended as often as it comes up, without an answer: it backs off for longer and longer.
  REQUIRE(eventually([&] {
    const auto pid = slot(0).at("pid").get<pid_t>();
    if (pid > 0) ::kill(pid, SIGKILL);
    return slot(0).at("crashes") >= 9 && slot(0).at("state") == "backing off";
  }));
  const auto other = slot(1).at("pid");
  for (int i = 0; i < 20; ++i) {
    const auto response = HttpClient().request("POST", served.url("/api/faults/pid"));
    REQUIRE(response.status == 200);
    CHECK(json::parse(response.body).at("pid") == other);
  }
  CHECK(slot(0).at("state") == "backing off");
}

TEST_CASE("further instances of a build that does not come up leave those that serve alone") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"instances": 2}}})");
  const auto before = served.pid();
  const auto slots = [&] {
    const auto status = ask(served.project, "status");
    return status.at("functions").at(0).at("slots").size();
  };
  served.build.put("faults/pid", "faults/broken");
  served.directory.write("stile.json", R"({"functions": {"faults/pid": {"instances": 3}}})");
  CHECK(ask(served.project, "reload").at("ok") == false);
  CHECK(slots() == 2);
  for (int i = 0; i < 10; ++i)
    CHECK(HttpClient().request("POST", served.url("/api/faults/pid")).status == 200);
  CHECK(served.project.log().find("somebody has deleted") == std::string::npos);

  served.build.build_again("faults/pid");
  CHECK(ask(served.project, "reload").at("message") == "replaced faults/pid");
  CHECK(slots() == 3);
  CHECK(served.pid() != before);
  served.directory.write("stile.json", "{}");
  CHECK(ask(served.project, "reload").at("ok") == true);
  CHECK(slots() == 1);
  CHECK(served.pid() > 0);
  CHECK(eventually([&] { return served.project.processes("faults/pid").size() == 1; }));
}

#ifndef STILE_SANITIZED  // UBSan looks at an exception's memory through a pipe, and takes the lack of one for a bad object
TEST_CASE("a reload that fails for want of descriptors says so, and the next one goes on") {
  Served served({"faults/pid"});
  served.pid();
  const auto supervisor = served.project.process().pid();
  served.build.add("grid/where");
  rlimit before{};
  REQUIRE(::prlimit(supervisor, RLIMIT_NOFILE, nullptr, &before) == 0);
  rlim_t lowest_free = 3;
  while (fs::exists(fmt::format("/proc/{}/fd/{}", supervisor, lowest_free))) ++lowest_free;
  for (rlim_t more = 2; more < 8; ++more) {  // the one who asks needs one too
    const rlimit scarce{lowest_free + more, before.rlim_max};
    REQUIRE(::prlimit(supervisor, RLIMIT_NOFILE, &scarce, nullptr) == 0);
    const auto answer = ask(served.project, "reload");
    if (answer.at("ok") == true) break;
    CHECK_FALSE(answer.at("message").get<std::string>().empty());
  }
  REQUIRE(::prlimit(supervisor, RLIMIT_NOFILE, &before, nullptr) == 0);
  CHECK(ask(served.project, "reload").at("ok") == true);
  CHECK(HttpClient().get(served.url("/api/grid/where")).status == 200);
}

#endif

TEST_CASE("ten reloads at once replace once") {
  Served served({"faults/pid"});
  served.pid();
  served.build.put("faults/pid", "faults/pid");
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  for (int i = 0; i < 10; ++i) {
    callers.emplace_back([&] {
      if (ask(served.project, "reload").at("ok") == true) ++good;
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(good == 10);
  served.pid();
  CHECK(slot_of(served.project, "faults/pid").at("restarts") == 1);
}

TEST_CASE("a function that was added has its route, one that was removed has none, after the reload") {
  Served served({"faults/pid"});
  const auto before = served.pid();
  CHECK(HttpClient().get(served.url("/api/grid/where")).status == 404);
  served.build.add("grid/where");
  CHECK(ask(served.project, "reload").at("message") == "added grid/where");
  for (int i = 0; i < 20; ++i) REQUIRE(HttpClient().get(served.url("/api/grid/where")).status == 200);
  served.build.remove("grid/where");
  CHECK(ask(served.project, "reload").at("message") == "removed grid/where");
  for (int i = 0; i < 20; ++i) REQUIRE(HttpClient().get(served.url("/api/grid/where")).status == 404);
  CHECK(served.pid() == before);
  CHECK(eventually([&] { return served.project.processes("grid/where").empty(); }));
  CHECK_FALSE(fs::exists(served.project.run_directory() + "/sockets/grid.where.sock"));
}

TEST_CASE("numbers that have changed in stile.json are obeyed after a reload") {
  Served served({"faults/pid", "grid/where"});
  const auto before = served.pid();
  served.directory.write("stile.json",
                         R"({"functions": {"faults/pid": {"instances": 3}, "grid/where": {"queue": 1}}})");
  CHECK(ask(served.project, "reload").at("ok") == true);
  std::set<pid_t> pids;
  for (int i = 0; i < 60; ++i) pids.insert(served.pid());
  CHECK(pids.size() == 3);
  CHECK_FALSE(pids.contains(before));
  CHECK(eventually([&] { return served.project.processes("faults/pid").size() == 3; }));
  served.directory.write("stile.json", R"({"functions": {"faults/pid": {"instances": 1000}}})");
  const auto refused = ask(served.project, "reload");
  CHECK(refused.at("ok") == false);
  CHECK(refused.at("message").get<std::string>().find("instances") != std::string::npos);
  CHECK(HttpClient().get(served.url("/api/faults/pid")).status == 200);
}

TEST_CASE("a rollback puts the build before back in one step, until there is a newer one") {
  Served served({"faults/pid"});
  CHECK(ask(served.project, "rollback faults/pid").at("ok") == false);
  CHECK(
      ask(served.project, "rollback nothing").at("message").get<std::string>().find("no function nothing") !=
      std::string::npos);
  served.pid();
  served.build.put("faults/pid", "grid/where");  // answers something else
  REQUIRE(ask(served.project, "reload").at("ok") == true);
  CHECK_FALSE(json::parse(HttpClient().get(served.url("/api/faults/pid")).body).contains("pid"));
  CHECK(ask(served.project, "rollback faults/pid").at("ok") == true);
  const auto back = served.pid();
  CHECK(ask(served.project, "reload").at("message") ==
        "nothing has changed; an earlier build serves, until there is another one: faults/pid");
  CHECK(served.pid() == back);
  served.build.put("faults/pid", "grid/where");
  CHECK(ask(served.project, "reload").at("message") == "replaced faults/pid");
  CHECK_FALSE(json::parse(HttpClient().get(served.url("/api/faults/pid")).body).contains("pid"));
}

TEST_CASE(
    "a function that nobody asks for has no process after its idle time, and the next request starts one") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"idle_timeout": "20ms"}}})");
  for (int i = 0; i < 5; ++i) {
    CHECK(served.pid() > 0);
    REQUIRE(eventually([&] { return served.project.processes("faults/pid").empty(); }));
    CHECK(slot_of(served.project, "faults/pid").at("state") == "cold");
  }
}

TEST_CASE(
    "instances that are always there come up by themselves, again where they die, and never idle away") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"instances": 2, "min_instances": 1,
                 "idle_timeout": "1ms"}}})");
  REQUIRE(eventually([&] { return slot_of(served.project, "faults/pid").at("state") == "ready"; }));
  const auto first = slot_of(served.project, "faults/pid").at("pid").get<pid_t>();
  CHECK(slot_of(served.project, "faults/pid", 1).at("state") == "cold");
  REQUIRE(::kill(first, SIGKILL) == 0);
  CHECK(eventually([&] {
    const auto slot = slot_of(served.project, "faults/pid");
    return slot.at("state") == "ready" && slot.at("pid") != first;
  }));
}

TEST_CASE("a worker that has served enough is replaced, and no request is lost") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"max_requests": 20}}})");
  HttpClient client;
  std::set<std::string> answers;
  int requests = 0;
  CHECK(eventually([&] {
    const auto response = client.request(++requests % 2 == 0 ? "GET" : "POST", served.url("/api/faults/pid"));
    REQUIRE(response.status == 200);
    answers.insert(response.body);
    return answers.size() > 5;
  }));
  CHECK(slot_of(served.project, "faults/pid").at("crashes") == 0);
}

TEST_CASE("a worker that is stopped by a signal is replaced, and what waits for it is answered") {
  Served served({"faults/pid"});
  const auto before = served.pid();
  wait_until_asleep(before);
  stop_by_signal(before);
  const auto response = HttpClient().request("POST", served.url("/api/faults/pid"));
  CHECK(response.status == 200);
  CHECK(json::parse(response.body).at("pid") != before);
  served.project.wait_for_log("was stopped by a signal: killed");
}

TEST_CASE("a worker that goes on soon after it was stopped is left alone") {
  Served served({"faults/pid"});
  const auto before = served.pid();
  REQUIRE(::kill(before, SIGSTOP) == 0);
  REQUIRE(::kill(before, SIGCONT) == 0);
  CHECK(served.pid() == before);
}

TEST_CASE("a request that goes on beyond its timeout is a 504, and its worker is replaced and ended") {
  Served served({"faults/gate", "faults/pid"}, R"({"functions": {"faults/gate": {"timeout": "300ms"}}})");
  const Gate gate(served.url(""), served.project.state_directory(), "stuck");
  auto answer = gate.send("POST");
  const auto stuck = gate.arrivals(1).at(0);
  CHECK(answer.get().status == 504);
  served.project.wait_for_log("a request runs for longer than its timeout");
  served.project.wait_for_log("is stuck in requests that nobody waits for: killed");
  CHECK(eventually([&] { return ::kill(stuck, 0) == -1; }));
  CHECK(HttpClient().request("OPTIONS", served.url("/api/faults/gate")).status == 204);
}

TEST_CASE("a request whose client has left runs to its end in a worker that is replaced") {
  Served served({"faults/gate"});
  Gate gate(served.url(""), served.project.state_directory(), "left");
  {
    RawConnection client(served.project.port());
    client.send("POST /api/faults/gate?name=left HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    gate.arrivals(1);
  }
  served.project.wait_for_log("\"status\":499");
  const auto held = gate.arrivals(1).at(0);
  served.build.build_again("faults/gate");
  CHECK(ask(served.project, "reload").at("ok") == true);
  gate.open();
  CHECK(eventually([&] { return ::kill(held, 0) == -1; }));
  const auto slot = slot_of(served.project, "faults/gate");
  CHECK(slot.at("crashes") == 0);
  CHECK(slot.at("answered_before") == 1);
}

TEST_CASE("status counts what waits for a thread") {
  Served served({"faults/gate"});  // concurrency 4
  Gate gate(served.url(""), served.project.state_directory(), "queue");
  std::vector<std::future<HttpResponse>> answers;
  const auto waiting = [&] {
    const auto slot = slot_of(served.project, "faults/gate");
    auto count = slot.at("waiting").get<std::uint64_t>();
    for (const auto& entry : fs::directory_iterator(served.project.run_directory() + "/workers")) {
      const posix::Fd counters(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
      count += lending::read_counts(counters.get()).waiting;
    }
    return count;
  };
  for (int i = 0; i < 7; ++i) answers.push_back(gate.send("POST"));
  gate.arrivals(4);
  CHECK(eventually([&] { return waiting() == 3; }));
  gate.open();
  for (auto& answer : answers) CHECK(answer.get().status == 200);
  CHECK(eventually([&] { return waiting() == 0; }));
}

TEST_CASE("another supervisor takes over what one that was killed has left, and warm functions go on") {
  Served served({"faults/pid", "faults/gate"});
  Gate gate(served.url(""), served.project.state_directory(), "over");
  auto answer = gate.send("POST");
  const auto held = gate.arrivals(1).at(0);
  HttpClient kept;
  const auto url = served.url("/api/faults/pid");
  const auto before = json::parse(kept.get(url).body).at("pid").get<pid_t>();
  const auto nginx = served.project.processes("nginx");
  served.project.process().signal(SIGKILL);
  REQUIRE(served.project.process().wait());
  for (int i = 0; i < 10; ++i) {
    CHECK(kept.request("POST", url).status == 200);
    CHECK(HttpClient().request("POST", url).status == 200);
  }

  auto options = served.options("{}");
  options.run_directory = served.project.run_directory();
  const ServedProject next(options);
  CHECK(next.port() == served.project.port());
  for (int i = 0; i < 10; ++i) CHECK(kept.request("POST", url).status == 200);
  REQUIRE(eventually([&] { return ::kill(before, 0) == -1; }));
  CHECK(json::parse(kept.request("POST", url).body).at("pid") != before);
  CHECK(slot_of(next, "faults/pid").at("state") == "ready");
  CHECK(next.processes("nginx") == nginx);
  gate.open();
  const auto response = answer.get();
  CHECK(response.status == 200);
  CHECK(json::parse(response.body).at("pid") == held);
  CHECK(eventually([&] { return ::kill(held, 0) == -1; }));
  next.wait_for_log("\"path\":\"/api/faults/pid\"");  // nginx's access log reaches the new one
  // All of it is its own now.
  served.build.add("grid/where");
  CHECK(ask(next, "reload").at("ok") == true);
  CHECK(HttpClient().get(next.url("/api/grid/where")).status == 200);
}

TEST_CASE("a worker that a supervisor before has left, and that does not leave, is ended by the next one") {
  Served served({"faults/pid"}, R"({"functions": {"faults/pid": {"timeout": "100ms"}}})");
  const auto before = served.pid();
  served.project.process().signal(SIGKILL);
  REQUIRE(served.project.process().wait());
  stop_by_signal(before);
  auto options = served.options("{}");
  options.run_directory = served.project.run_directory();
  const ServedProject short_lived(options);  // one that is killed at once does not forget it
  short_lived.process().signal(SIGKILL);
  REQUIRE(short_lived.process().wait());
  const ServedProject next(options);
  next.wait_for_log(fmt::format("a worker of the supervisor before (pid {}) does not leave: killed", before));
  CHECK(eventually([&] { return ::kill(before, 0) == -1; }));
  CHECK(HttpClient().get(next.url("/api/faults/pid")).status == 200);
}

TEST_CASE("a socket that somebody deletes is there again, and its function goes on") {
  Served served({"faults/pid", "grid/where"});
  const auto before = served.pid();
  for (const auto* name : {"faults.pid", "grid.where"}) {
    const auto socket = served.project.run_directory() + "/sockets/" + name + ".sock";
    REQUIRE(::unlink(socket.c_str()) == 0);
    CHECK(eventually([&] { return fs::exists(socket); }));
  }
  CHECK(HttpClient().get(served.url("/api/grid/where")).status == 200);
  CHECK(served.pid() == before);
  served.project.wait_for_log("grid.where.sock: there is another one now");
}

TEST_CASE("a second server on a run directory that is served says so") {
  Served served({"faults/pid"});
  const auto second =
      run({STILE_BINARY_DIR "/bin/stile", "serve", "--run-dir", served.project.run_directory(), "--port", "0",
           "--functions-build", served.build.path()});
  CHECK(second.exit.code == 1);
  CHECK(second.err.find("another stile serves from") != std::string::npos);
  CHECK(served.pid() > 0);
}
