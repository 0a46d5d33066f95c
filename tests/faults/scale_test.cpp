// A thousand routes: what they cost in memory and at the start, and what they cost one of them.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "faults/faults.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

namespace {

std::string routes(int count) {
  nlohmann::json further = nlohmann::json::object();
  for (int i = 0; i < count; ++i) further[fmt::format("/group{}/route{}", i % 100, i)] = "neighbour";
  return nlohmann::json{{"routes", further}}.dump();
}

// The p99 of a warm function, in milliseconds.
double p99_of(const ServedProject& project, const std::string& path) {
  Load load({.port = project.port(),
             .connections = 4,
             .requests = {load_request("GET", path), load_request("POST", path)},
             .rate = 2'000,
             .most = sized<std::uint64_t>(2'000, 10'000)});
  const auto figures = load.wait();
  CHECK(figures.failed() == 0);
  return static_cast<double>(figures.percentile(99).count()) / 1000;
}

// A server with so many routes that was reloaded once with the same and once with one more.
struct Routed {
  explicit Routed(const TemporaryDirectory& directory, int count)
      : name(fmt::format("{}.json", count)),
        path(fmt::format("/api/group{}/route{}", (count - 1) % 100, count - 1)),
        begun(std::chrono::steady_clock::now()),
        project(fault_functions({"--config", directory.write(name, routes(count))})) {
    const auto started = seconds_since(begun);
    CHECK(control(project, "reload").at("ok") == true);
    // nginx, with other routes: all of it twice for a moment.
    directory.write(name, routes(count + 1));
    const auto reload_begun = std::chrono::steady_clock::now();
    const auto answer = control(project, "reload");
    CAPTURE(answer.dump());
    CHECK(answer.at("ok") == true);
    const auto reloaded = seconds_since(reload_begun);
    CHECK(HttpClient().get(project.url(path)).status == 200);
    // Workers of before leave: then there is a master, and a worker for each processor.
    std::vector<pid_t> processes;
    CHECK(eventually([&] {
      processes = project.processes("nginx");
      return processes.size() <= 1 + std::thread::hardware_concurrency();
    }));
    processes.push_back(project.process().pid());
    const auto memory = memory_of(processes);
    report(
        fmt::format("{} routes: started within {:.2f} s, other routes within {:.2f} s, {:.0f} MB (PSS) of "
                    "supervisor and nginx behind it",
                    count, started, reloaded, static_cast<double>(memory) / 1024));
#ifndef STILE_SANITIZED  // which take memory of their own
    CHECK(memory < 120 * 1024);
#endif
  }

  static double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  std::string name;
  std::string path;  // of the last route
  std::chrono::steady_clock::time_point begun;
  ServedProject project;
};

}  // namespace

TEST_CASE("a thousand routes start at once, need little memory, and cost a warm function nothing") {
  const TemporaryDirectory directory;
  const Routed many(directory, 1000);  // first: what two servers share counts half
  const Routed few(directory, 10);
  std::vector<double> ratios;
  for (int round = 0; round < sized(3, 9); ++round) {
    const auto among_few = p99_of(few.project, few.path);
    ratios.push_back(p99_of(many.project, many.path) / among_few);
  }
  report(fmt::format("a warm function among 1,000 routes: {:.2f} times the p99 of one among 10 (median)",
                     median(ratios)));
}
