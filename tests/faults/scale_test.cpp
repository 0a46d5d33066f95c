// A thousand routes: what they cost in memory and at the start, and what they cost one of them.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <optional>

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

LoadFigures warm(const ServedProject& project, const std::string& path) {
  HttpClient().get(project.url(path));
  Load load({.port = project.port(),
             .connections = 4,
             .requests = {load_request("GET", path), load_request("POST", path)},
             .rate = 2'000,
             .most = sized<std::uint64_t>(6'000, 60'000)});
  return load.wait();
}

}  // namespace

TEST_CASE("a thousand routes start at once, need little memory, and cost a warm function nothing") {
  const TemporaryDirectory directory;
  std::optional<double> few;
  for (const int count : {10, 1000}) {
    const auto file = directory.write(fmt::format("{}.json", count), routes(count));
    const auto begun = std::chrono::steady_clock::now();
    const ServedProject project(fault_functions({"--config", file}));
    const std::chrono::duration<double> start = std::chrono::steady_clock::now() - begun;
    CHECK(control(project, "reload").at("ok") == true);
    // nginx, with other routes: all of it twice for a moment.
    directory.write(fmt::format("{}.json", count), routes(count + 1));
    const auto reload_begun = std::chrono::steady_clock::now();
    const auto answer = control(project, "reload");
    CAPTURE(answer.dump());
    CHECK(answer.at("ok") == true);
    const std::chrono::duration<double> reload = std::chrono::steady_clock::now() - reload_begun;
    const auto path = fmt::format("/api/group{}/route{}", (count - 1) % 100, count - 1);
    CHECK(HttpClient().get(project.url(path)).status == 200);
    auto processes = project.processes("nginx");
    processes.push_back(project.process().pid());
    // Workers of before that leave.
    CHECK(eventually([&] { return project.processes("nginx").size() <= processes.size(); }));
    const auto memory = memory_of(processes);
    const auto figures = warm(project, path);
    const auto milliseconds = static_cast<double>(figures.percentile(99).count()) / 1000;
    report(
        fmt::format("{} routes: started within {:.2f} s, other routes within {:.2f} s, {:.0f} MB (PSS) of "
                    "supervisor and nginx "
                    "behind it; a warm one: {}{}",
                    count, start.count(), reload.count(), static_cast<double>(memory) / 1024, figures.text(),
                    few ? fmt::format(" ({:.2f} times the p99)", milliseconds / *few) : ""));
    few = milliseconds;
    CHECK(memory < 120 * 1024);
    CHECK(figures.failed() == 0);
  }
}
