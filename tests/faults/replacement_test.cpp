// Workers that are replaced, recycled or sent home under load: no request is lost, and none is answered by who has left.
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "faults/faults.hpp"
#include "support/build_folder.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

struct Build : BuildFolder {
  Build() : BuildFolder(STILE_FAULT_FUNCTIONS, {"journal", "neighbour", "rude"}) {}
};

ServedOptions functions_of(const Build& build) {
  ServedOptions options;
  options.arguments = {"--functions-build", build.path()};
  return options;
}

std::vector<std::string> posts_and_gets() {
  return {load_request("POST", "/api/journal", load_serial), load_request("GET", "/api/journal")};
}

}  // namespace

TEST_CASE("replacements within a load of POST and GET over kept connections lose nothing") {
  Build build;
  const ServedProject project(functions_of(build));
  const int replacements = sized(200, 1000) / slowness;
  const auto least = sized<std::uint64_t>(300'000, 5'000'000) / slowness;
  Load load({.port = project.port(), .connections = 16, .requests = posts_and_gets()});
  REQUIRE(load.goes_on(1000));
  for (int i = 0; i < replacements; ++i) {
    build.build_again("journal");
    const auto answer = control(project, "reload");
    CAPTURE(answer.dump());
    REQUIRE(answer.at("ok") == true);
    // Spread over the whole load: each meets requests that run.
    REQUIRE(load.goes_on(least / static_cast<std::uint64_t>(replacements)));
  }
  const auto figures = load.stop();
  std::uint64_t twice = 0;
  for (const auto& [serial, count] : journal(project)) twice += count > 1 ? 1 : 0;
  report(fmt::format("replacements: {}, {}; {} ran twice", replacements, figures.text(), twice));
  CHECK(figures.done() >= least);
  CHECK(figures.failed() == 0);
  CHECK(twice == 0);
  CHECK(eventually([&] { return workers(project, "journal").size() == 1; }));
}

TEST_CASE("no request that begins after a reload has returned is answered by the old build") {
  Build build;
  const ServedProject project(functions_of(build));
  // Beside a load, so that connections of all kinds are kept.
  Load load({.port = project.port(), .connections = 8, .requests = posts_and_gets()});
  REQUIRE(load.goes_on(100));
  std::set<pid_t> gone;
  HttpClient client;
  const auto ask = [&] {
    return nlohmann::json::parse(client.request("POST", project.url("/api/journal"), {}, "x").body)
        .at("pid")
        .get<pid_t>();
  };
  int late = 0;
  const int reloads = sized(100, 1000) / slowness;
  for (int i = 0; i < reloads; ++i) {
    gone.insert(ask());
    build.build_again("journal");
    REQUIRE(control(project, "reload").at("ok") == true);
    for (int request = 0; request < 20; ++request) late += gone.count(ask()) > 0 ? 1 : 0;
  }
  const auto figures = load.stop();
  report(fmt::format("{} reloads, 20 requests behind each: {} answered by an old build; load: {}", reloads,
                     late, figures.text()));
  CHECK(late == 0);
  CHECK(figures.failed() == 0);
}

TEST_CASE("a worker that hears its supervisor no more is replaced all the same") {
  Build build;
  const ServedProject project(functions_of(build));
  const auto before = pid_of(project, "/api/rude");
  HttpClient client;
  CHECK(client.request("POST", project.url("/api/rude?what=deaf")).status == 200);
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 200});
  build.build_again("rude");
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = control(project, "reload");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  CAPTURE(answer.dump());
  CHECK(answer.at("ok") == true);
  CHECK(eventually([&] { return client.get(project.url("/api/rude")).status == 200; }));
  CHECK(pid_of(project, "/api/rude") != before);
  CHECK(eventually([&] { return workers(project, "rude").size() == 1; }));
  const auto figures = neighbour.stop();
  report(fmt::format("deaf: replaced within {:.2f} s; neighbour: {}", took.count(), figures.text()));
  CHECK(figures.failed() == 0);
}

TEST_CASE("cold starts, beside warm requests") {
  const ServedProject project(fault_functions());
  HttpClient client;
  std::array<Latencies, 2> latencies;
  const int starts = sized(50, 200);
  const auto ask = [&](const std::string& path, Latencies& into) {
    const auto begun = std::chrono::steady_clock::now();
    const int status = client.get(project.url(path)).status;
    into.add(std::chrono::steady_clock::now() - begun);
    return status;
  };
  for (int i = 0; i < starts; ++i) {
    REQUIRE(eventually([&] { return workers(project, "briefly").empty(); }));
    CHECK(ask("/api/briefly", latencies[0]) == 200);
    CHECK(ask("/api/neighbour", latencies[1]) == 200);
  }
  const auto ms = [](std::chrono::microseconds value) { return static_cast<double>(value.count()) / 1000; };
  report(fmt::format("from zero, {} times: p50 {:.2f} ms, p99 {:.2f} ms; warm: p50 {:.2f} ms, p99 {:.2f} ms",
                     starts, ms(latencies[0].percentile(50)), ms(latencies[0].percentile(99)),
                     ms(latencies[1].percentile(50)), ms(latencies[1].percentile(99))));
}

TEST_CASE("workers that are recycled after some requests lose none") {
  const ServedProject project(fault_functions());
  LoadOptions options{.port = project.port(), .connections = 16};
  options.requests = {load_request("POST", "/api/recycled"), load_request("GET", "/api/recycled")};
  options.most = sized<std::uint64_t>(100'000, 2'000'000);
  Load load(std::move(options));
  const auto figures = load.wait();
  const auto processes = starts_of(project, "recycled");
  report(fmt::format("recycled after 2,000 requests: {} processes, {}", processes, figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(processes > 3);
}

TEST_CASE("a function that goes back to zero under a trickle loses no request") {
  const ServedProject project(fault_functions());
  const auto requests = sized<std::uint64_t>(1'000, 10'000) / slowness;
  Load trickle({.port = project.port(),
                .connections = 3,
                .requests = {load_request("POST", "/api/briefly"), load_request("GET", "/api/briefly")},
                .rate = 150.0 / (slowness * slowness),  // a pause of about twice its idle_timeout, or more
                .most = requests});
  const auto figures = trickle.wait();
  const auto processes = starts_of(project, "briefly");
  report(fmt::format("idle to zero: {} processes, {}", processes, figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(processes > 3);
}

TEST_CASE("a function that takes longer to come up than it may be idle answers all the same") {
  const ServedProject project(fault_functions());
  HttpClient client;
  for (int i = 0; i < 5; ++i) {
    CHECK(client.get(project.url("/api/late")).status == 200);
    REQUIRE(eventually([&] { return workers(project, "late").empty(); }));
  }
  CHECK(starts_of(project, "late") == 5);
}

TEST_CASE("200 connections at once start a cold function once") {
  const ServedProject project(fault_functions());
  LoadOptions options{.port = project.port(), .connections = 200, .most = 200, .keeps = false};
  options.requests = {load_request("POST", "/api/neighbour")};
  Load load(std::move(options));
  const auto figures = load.wait();
  const auto before = workers(project, "neighbour");
  report(fmt::format("from zero, 200 at once: {} process, {}", before.size(), figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(before.size() == 1);
  CHECK(count_of(project.log(), "ended by") == 0);
}

TEST_CASE("four instances of one thread each: no two requests share a process, and all four are used") {
  const ServedProject project(fault_functions());
  Load load({.port = project.port(),
             .connections = 16,
             .requests = {load_request("POST", "/api/alone"), load_request("GET", "/api/alone")},
             .most = sized<std::uint64_t>(4'000, 100'000)});
  const auto figures = load.wait();
  const auto processes = workers(project, "alone");
  std::string times;
  for (const pid_t pid : processes) times += fmt::format(" {}", processor_time_of(pid).count());
  report(fmt::format("instances = 4, concurrency = 1: {} processes (ms of processor:{}), {}",
                     processes.size(), times, figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(processes.size() == 4);
}
