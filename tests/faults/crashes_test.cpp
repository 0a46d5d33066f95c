// Workers that are killed, die in any way, lie, or harm themselves: what it costs, and that it costs nobody else.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <charconv>
#include <filesystem>
#include <set>
#include <thread>
#include <utility>

#include "faults/faults.hpp"
#include "support/http_client.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t journal_threads = 4;  // functions/journal.cpp's concurrency

// The processes of a function, as the run directory names them: looking through /proc for them takes long enough to be
// felt by what is measured beside.
std::vector<pid_t> listed_workers(const ServedProject& project, const std::string& name) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator(project.run_directory() + "/workers")) {
    const auto file = entry.path().filename().string();
    pid_t pid = 0;
    if (file.starts_with(name + "@"))
      std::from_chars(file.data() + file.rfind('.') + 1, file.data() + file.size(), pid);
    if (pid > 0) found.push_back(pid);
  }
  return found;
}

// With sanitizers a start takes longer, and one that is killed before its first answer is none that was served.
constexpr auto kill_interval = slowness == 1 ? 100ms : 300ms;

// Sends its processes a signal so many times as far as they are up, each time with that interval after it, and says how
// many got one. 0 as the signal: only looks for them.
int at_kill_interval(int signal, const ServedProject& project, const std::string& name, int times) {
  int sent = 0;
  auto next = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) {
    for (const pid_t pid : listed_workers(project, name)) sent += ::kill(pid, signal) == 0 ? 1 : 0;
    next += kill_interval;
    std::this_thread::sleep_until(next);  // the fault's own rate
  }
  return sent;
}

double milliseconds(std::chrono::microseconds value) { return static_cast<double>(value.count()) / 1000; }

}  // namespace

TEST_CASE("a kill every 100 ms costs at most one POST for each that was running, and none runs twice") {
  const ServedProject project(fault_functions());
  std::set<std::uint64_t> answered;
  std::set<std::uint64_t> failed;
  LoadOptions options{.port = project.port(), .connections = 16};
  options.requests = {load_request("POST", "/api/journal", load_serial)};
  options.on_answer = [&](const LoadAnswer& answer) {
    (answer.status == 200 ? answered : failed).insert(answer.serial);
  };
  Load load(std::move(options));
  REQUIRE(load.goes_on(1000));
  const int times = sized(50, 600);
  const int kills = at_kill_interval(SIGKILL, project, "journal", times);
  CHECK(load.goes_on(100));
  const auto figures = load.stop();
  const auto ran = journal(project);
  std::uint64_t twice = 0;
  for (const auto& [serial, count] : ran) twice += count > 1 ? 1 : 0;
  std::uint64_t unwritten = 0;
  for (const auto serial : answered) unwritten += ran.count(serial) == 0 ? 1 : 0;
  report(fmt::format("{} kills, POST: {}; {} ran twice", kills, figures.text(), twice));
  CHECK(kills > times / 2);
  CHECK(failed.size() <= static_cast<std::uint64_t>(kills) * journal_threads);
  CHECK(twice == 0);
  CHECK(unwritten == 0);
}

TEST_CASE("a kill every 100 ms costs no GET and no HEAD") {
  const ServedProject project(fault_functions());
  LoadOptions options{.port = project.port(), .connections = 16};
  options.requests = {load_request("GET", "/api/journal"), load_request("HEAD", "/api/journal")};
  Load load(std::move(options));
  REQUIRE(load.goes_on(1000));
  const int times = sized(50, 600);
  const int kills = at_kill_interval(SIGKILL, project, "journal", times);
  CHECK(load.goes_on(100));
  const auto figures = load.stop();
  report(fmt::format("{} kills, GET and HEAD: {}", kills, figures.text()));
  CHECK(kills > times / 2);
  CHECK(figures.failed() == 0);
}

TEST_CASE("what crashes changes no answer of another function") {
  const ServedProject project(fault_functions());
  const int times = sized(10, 60);
  const auto before = pid_of(project, "/api/neighbour");
  Load crashed({.port = project.port(),
                .connections = 4,
                .requests = {load_request("POST", "/api/journal", load_serial)},
                .rate = 1000});
  REQUIRE(crashed.goes_on(100));
  const auto beside = [&](int signal) {
    LoadOptions options{.port = project.port(), .connections = 4, .rate = 1000};
    options.requests = {load_request("GET", "/api/neighbour"), load_request("POST", "/api/neighbour")};
    Load load(std::move(options));
    const int sent = at_kill_interval(signal, project, "journal", times);
    CHECK(load.goes_on(1));
    const auto figures = load.stop();
    CHECK(figures.failed() == 0);
    return std::pair(sent, milliseconds(figures.percentile(99)));
  };
  int kills = 0;
  std::vector<double> quiet;
  std::vector<double> crashing;
  std::vector<double> ratios;
  for (int round = 0; round < sized(3, 9); ++round) {
    quiet.push_back(beside(0).second);
    const auto [sent, p99] = beside(SIGKILL);
    kills += sent;
    crashing.push_back(p99);
    ratios.push_back(p99 / quiet.back());
  }
  report(
      fmt::format("a neighbour beside {} kills: p99 {:.2f} ms instead of {:.2f} ms, {:.2f} times (medians)",
                  kills, median(crashing), median(quiet), median(ratios)));
  CHECK(kills > 0);
  CHECK(pid_of(project, "/api/neighbour") == before);
}

TEST_CASE(
    "however a process dies, the next request is answered by another one, and a neighbour notices nothing") {
  const ServedProject project(fault_functions());
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 200});
  const std::vector<std::string> ways{"segv",   "stack", "abort",  "terminate", "exit",
                                      "exit+0", "kill",  "memory", "fork",      "session"};
  std::vector<std::string> times;
  HttpClient client;
  for (const auto& how : ways) {
    CAPTURE(how);
    const auto before = pid_of(project, "/api/die");
    CHECK(client.request("POST", project.url("/api/die?how=" + how)).status == 502);
    const auto died = std::chrono::steady_clock::now();
    CHECK(pid_of(project, "/api/die") != before);
    times.push_back(fmt::format(
        "{} {:.0f} ms", how,
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - died).count()));
  }
  const auto figures = neighbour.stop();
  report(fmt::format("ways to die, until the next answer: {}; neighbour: {}", fmt::join(times, ", "),
                     figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(workers(project, "die").size() == 1);
}

TEST_CASE("a worker that lies in its table, its counters and its messages harms nobody but itself") {
  const ServedProject project(fault_functions());
  HttpClient client;
  // Others of its own connections: a liar may cost them, but the supervisor has to serve on.
  Load own({.port = project.port(),
            .connections = 4,
            .requests = {load_request("GET", "/api/lies")},
            .patience = 5'000ms});
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 200});
  for (int round = 0; round < sized(3, 100); ++round) {
    for (const auto* what : {"idle", "released", "generations", "huge", "garbage", "packets", "truncate"}) {
      CAPTURE(what);
      const int status = client.request("POST", project.url(std::string("/api/lies?what=") + what)).status;
      CHECK((status == 502 || status == 504 || (status == 200 && std::string(what) == "packets")));
      CHECK(own.goes_on(4));
    }
  }
  CHECK(own.goes_on(100));
  const auto its = own.stop();
  const auto figures = neighbour.stop();
  report(fmt::format("lies: its own: {}; neighbour: {}", its.text(), figures.text()));
  CHECK(figures.failed() == 0);
  CHECK_FALSE(project.process().wait(0ms));
  CHECK(client.get(project.url("/api/lies")).status == 200);
  CHECK(workers(project, "lies").size() == 1);
}

TEST_CASE(
    "a worker that spoils what it shares with the supervisor does not stop it, and its function is served "
    "on") {
  const ServedProject project(fault_functions());
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 200});
  const auto used = processor_time_of(project.process().pid());
  for (const auto* what : {"blocking", "shutdown", "linger"}) {
    CAPTURE(what);
    pid_of(project, "/api/lies");
    HttpClient().request("POST", project.url(std::string("/api/lies?what=") + what));
    // More at once than there are connections: the supervisor has to accept further ones.
    Load own({.port = project.port(),
              .connections = 16,
              .requests = {load_request("GET", "/api/lies")},
              .most = 400,
              .patience = 5'000ms});
    own.wait();
    CHECK(control(project, "status").at("ok") == true);
    CHECK(eventually([&] { return HttpClient().get(project.url("/api/lies")).status == 200; }));
    CHECK(HttpClient().get(project.url("/api/slow?ms=0")).status == 200);
  }
  const auto figures = neighbour.stop();
  report(fmt::format("spoilt sockets: supervisor {} ms of processor in {:.1f} s; neighbour: {}",
                     (processor_time_of(project.process().pid()) - used).count(), figures.took.count(),
                     figures.text()));
  CHECK(figures.failed() == 0);
}

TEST_CASE("a process that leaks descriptors or floods its output costs others nothing") {
  const ServedProject project(fault_functions());
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 500});
  HttpClient client;
  const auto supervisor = project.process().pid();
  const auto descriptors = descriptors_of(supervisor);
  const auto begun = processor_time_of(supervisor);
  CHECK(client.request("POST", project.url("/api/rude?what=output")).status == 200);
  const auto used = processor_time_of(supervisor) - begun;
  const auto log_size = project.log().size();
  CHECK(client.request("POST", project.url("/api/rude?what=descriptors")).status == 200);
  // Without a descriptor left for a new connection it is none's; those that it has are served.
  CHECK(client.get(project.url("/api/rude")).status == 200);
  std::set<int> statuses;
  for (int i = 0; i < 8; ++i) statuses.insert(HttpClient().get(project.url("/api/rude")).status);
  const auto figures = neighbour.stop();
  report(fmt::format("output flooded for 2 s: supervisor {} ms of processor, {} kB of log; neighbour: {}",
                     used.count(), log_size / 1024, figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(log_size < 4'000'000);
  CHECK(descriptors_of(supervisor) < descriptors + 32);
}

TEST_CASE("a process that ignores SIGTERM is ended with the server all the same") {
  ServedProject project(fault_functions({"--drain-timeout", "2s"}));
  HttpClient client;
  CHECK(client.request("POST", project.url("/api/rude?what=sigterm")).status == 200);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(project.stop().clean());
  report(fmt::format("SIGTERM ignored: the server has ended after {:.1f} s",
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()));
  CHECK(project.processes().empty());
}
