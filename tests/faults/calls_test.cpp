// The Nth call of a system function fails, for N = 1, 2, 3, ... until a run makes no so many: in the supervisor, and in a
// worker (shim.cpp). Nothing crashes, hangs or leaks, and the endpoint answers again.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "faults/faults.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

#ifdef STILE_FAULT_SHIM

namespace fs = std::filesystem;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

struct Result {
  bool hit = false;      // the run made so many calls
  bool started = false;  // else it has said why not, and ended with 1
  std::size_t descriptors = 0;
};

// A cold function, a crash, a reload, a stop. Throws where the supervisor has ended.
void exercise(ServedProject& project, const std::function<bool()>& is_hit, Result& result) {
  HttpClient client({.timeout = 10'000ms});
  const auto is_answered = [&] {
    if (project.process().wait(0ms))
      throw std::runtime_error("the supervisor has ended\n" + project.log() +
                               project.process().text(Stream::err));
    try {
      return client.request("POST", project.url("/api/neighbour")).status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  CHECK(eventually(is_answered, 15s));
  for (const pid_t pid : workers(project, "neighbour")) ::kill(pid, SIGKILL);
  CHECK(eventually(is_answered, 15s));
  try {
    control(project, "reload");
  } catch (const std::exception&) {
    CHECK(is_hit());  // the one who asked may be left without an answer, nobody else
  }
  CHECK(eventually(is_answered, 15s));
  CHECK(eventually([&] { return workers(project, "neighbour").size() == 1; }));
  // nginx, one worker for each function that was asked, and nobody that is forgotten, alive or dead.
  const auto children = [&] {
    const auto pid = std::to_string(project.process().pid());
    const auto list = read_file("/proc/" + pid + "/task/" + pid + "/children");
    return count_of(list, " ");
  };
  CHECK(eventually([&] { return children() == 2; }, 10s));
  result.descriptors = descriptors_of(project.process().pid());
  INFO(project.log());
  CHECK(project.stop().clean());
  CHECK(project.processes().empty());
}

enum class Phase { from_the_start, while_it_serves };

// The workers are to have it too.
constexpr auto shim_variables =
    R"("environment": ["LD_PRELOAD", "FAULT_PROCESS", "FAULT_CALL", "FAULT_NUMBER", "FAULT_FILE", "FAULT_FROM", "FAULT_CLOCK"])";

// Where any account may read it.
std::string shim_in(const TemporaryDirectory& directory) {
  auto shim = directory.file("shim.so");
  fs::copy_file(STILE_FAULT_SHIM, shim);
  return shim;
}

Result run_with(const std::string& process, const std::string& call, int number, Phase phase) {
  const TemporaryDirectory directory;
  const auto hits = directory.write("hits", "");
  fs::permissions(hits, fs::perms::all);
  const auto configuration = directory.write("stile.json", fmt::format("{{{}}}", shim_variables));
  auto options =
      fault_functions({"--config", configuration, "--nginx-workers", "1", "--drain-timeout", "5s"});
  options.process.environment = {{"LD_PRELOAD", shim_in(directory)},
                                 {"FAULT_PROCESS", process},
                                 {"FAULT_CALL", call},
                                 {"FAULT_NUMBER", std::to_string(number)},
                                 {"FAULT_FILE", hits}};
  if (phase == Phase::while_it_serves)
    options.process.environment.emplace("FAULT_FROM", directory.file("serves"));
  const auto is_hit = [&] { return fs::file_size(hits) > 0; };
  Result result;
  std::optional<ServedProject> project;
  try {
    project.emplace(options);
    result.started = true;
    directory.write("serves", "");
  } catch (const std::exception& error) {
    INFO(error.what());
    CHECK(is_hit());
    CHECK(process == "supervisor");
    // Once more, for all that it says.
    directory.write("hits", "");
    const auto outcome =
        run({STILE_BINARY_DIR "/bin/stile", "serve", "--run-dir", directory.file("run"), "--port", "0",
             "--functions-build", STILE_FAULT_FUNCTIONS, "--nginx-workers", "1"},
            options.process);
    CHECK(outcome.exit.code == 1);
    CHECK(outcome.err.find("stile: ") != std::string::npos);  // one line for a person
  }
  try {
    if (result.started) exercise(*project, is_hit, result);
  } catch (const std::exception& error) {
    FAIL_CHECK(error.what());
  }
  result.hit = is_hit();
  return result;
}

void fail_each(const std::string& process, Phase phase, const std::vector<std::string>& calls) {
  const auto ordinary = run_with(process, "none", 1, phase);
  REQUIRE(ordinary.started);
  for (const auto& call : calls) {
    int number = 1;
    int not_started = 0;
    const int most = sized(phase == Phase::while_it_serves ? 12 : 6, 500);
    for (;; ++number) {
      if (number > most) break;
      CAPTURE(process, call, number);
      const auto result = run_with(process, call, number, phase);
      if (!result.hit) break;
      if (!result.started) ++not_started;
      // A connection more or less of nginx is no leak.
      if (result.started) CHECK(result.descriptors <= ordinary.descriptors + 3);
    }
    report(fmt::format("{}{}: {} failed at each of {} calls, {} of them ended the start with a message",
                       process, phase == Phase::while_it_serves ? " that serves" : "", call, number - 1,
                       not_started));
  }
}

}  // namespace

const std::vector<std::string> calls_of_supervisor{"accept4", "epoll_ctl",  "epoll_wait",  "vfork", "read",
                                                   "write",   "mmap",       "sendmsg",     "open",  "recvmsg",
                                                   "pipe2",   "socketpair", "memfd_create"};

TEST_CASE("whichever call of a supervisor that starts fails, it serves or says why it does not") {
  fail_each("supervisor", Phase::from_the_start, calls_of_supervisor);
}

TEST_CASE("whichever call of a supervisor that serves fails, it serves on") {
  fail_each("supervisor", Phase::while_it_serves, calls_of_supervisor);
}

TEST_CASE("whichever call of a worker fails, the next request is answered") {
  fail_each("worker", Phase::from_the_start,
            {"epoll_ctl", "epoll_wait", "epoll_create1", "read", "write", "mmap", "sendmsg", "recvmsg",
             "recv", "send", "open", "accept4", "pread"});
}

TEST_CASE("a clock that jumps by days and decades, back and forth, changes nothing") {
  const TemporaryDirectory directory;
  const auto file = directory.write(
      "stile.json",
      fmt::format(R"({{"functions": {{"neighbour": {{"idle_timeout": "20ms"}}}}, {}}})", shim_variables));
  auto options = fault_functions({"--config", file});
  options.process.environment = {{"LD_PRELOAD", shim_in(directory)}, {"FAULT_CLOCK", "1"}};
  const ServedProject project(options);
  Load load(
      {.port = project.port(),
       .connections = 4,
       .requests = {load_request("GET", "/api/journal"), load_request("POST", "/api/journal", load_serial)}});
  for (int round = 0; round < 10; ++round) {
    CHECK(load.goes_on(sized<std::uint64_t>(500, 5'000)));
    CHECK(control(project, "reload").at("ok") == true);
    CHECK(HttpClient().get(project.url("/api/neighbour")).status == 200);
    CHECK(eventually([&] { return workers(project, "neighbour").empty(); }));  // idle for 20 ms
    CHECK(HttpClient().get(project.url("/api/die")).status == 200);
    CHECK(HttpClient().request("POST", project.url("/api/die?how=kill")).status == 502);
    CHECK(HttpClient().request("POST", project.url("/api/neighbour")).status == 200);
  }
  const auto figures = load.stop();
  report("a clock that jumps at each look: " + figures.text());
  CHECK(figures.failed() == 0);
  CHECK(pid_of(project, "/api/journal") == workers(project, "journal").front());
}

#endif
