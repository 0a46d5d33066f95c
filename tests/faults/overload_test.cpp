// More than a function can take: refused at once, bounded, and over when it is over.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "faults/faults.hpp"
#include "support/certificate.hpp"
#include "support/http2_connection.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t bound = 4 + 16;  // functions/slow.cpp: concurrency and queue
constexpr int nginx_workers = 2;       // each keeps so many connections

ServedOptions two_nginx_workers(std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.end(), {"--nginx-workers", std::to_string(nginx_workers)});
  return fault_functions(arguments);
}

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

LoadFigures quick_requests(const ServedProject& project) {
  Load load({.port = project.port(),
             .connections = 4,
             .requests = {load_request("POST", "/api/slow?ms=0")},
             .most = 2'000});
  return load.wait();
}

// Nothing that a load has left behind: neither requests that run, nor connections, nor processes.
void check_as_before(const ServedProject& project, std::size_t supervisor_descriptors) {
  const auto most = supervisor_descriptors + bound * nginx_workers + 8;
  CHECK(eventually([&] { return descriptors_of(project.process().pid()) <= most; }));
  CHECK(eventually([&] { return workers(project, "slow").size() <= 1; }));
  const auto begun = std::chrono::steady_clock::now();
  const auto response = HttpClient().get(project.url("/api/slow?ms=0"));
  CHECK(response.status == 200);
  report(fmt::format("  behind it: {:.1f} ms for the next request", milliseconds_since(begun)));
}

}  // namespace

TEST_CASE("beyond its bound a function answers 503 with Retry-After at once, and its neighbour goes on") {
  const ServedProject project(two_nginx_workers());
  const auto before = quick_requests(project);
  const auto descriptors = descriptors_of(project.process().pid());
  Load neighbour({.port = project.port(),
                  .connections = 2,
                  .requests = {load_request("POST", "/api/neighbour")},
                  .rate = 200});
  Latencies refused;
  std::uint64_t refusals = 0;
  LoadOptions options{.port = project.port(), .connections = 100, .rate = 2'000};
  options.requests = {load_request("POST", "/api/slow?ms=50"), load_request("GET", "/api/slow?ms=50")};
  options.most = sized<std::uint64_t>(6'000, 100'000);
  options.on_answer = [&](const LoadAnswer& answer) {
    if (answer.status != 503) return;
    refused.add(answer.took);
    ++refusals;
  };
  Load load(std::move(options));
  REQUIRE(eventually([&] { return load.failed() > 100; }));
  HttpClient client;
  const auto refusal = [&] {
    while (true) {
      auto response = client.request("POST", project.url("/api/slow?ms=50"));
      if (response.status != 200) return response;
    }
  }();
  CHECK(refusal.status == 503);
  CHECK(refusal.header("Content-Type") == "application/problem+json");
  CHECK_FALSE(refusal.header("Retry-After").empty());
  const auto figures = load.wait();
  const auto beside = neighbour.stop();
  const auto after = quick_requests(project);
  const auto ms = [](std::chrono::microseconds value) { return static_cast<double>(value.count()) / 1000; };
  report(fmt::format("overload: {}; 503 after p50 {:.2f} ms, p99 {:.2f} ms; neighbour: {}", figures.text(),
                     ms(refused.percentile(50)), ms(refused.percentile(99)), beside.text()));
  report(fmt::format("  before it: {}\n  after it: {}", before.text(), after.text()));
  CHECK(figures.failed() == refusals);
  CHECK(figures.done() - figures.failed() > 20);
  CHECK(beside.failed() == 0);
  CHECK(after.failed() == 0);
  check_as_before(project, descriptors);
}

TEST_CASE("clients that leave leave nothing behind") {
  const ServedProject project(two_nginx_workers());
  const auto before = quick_requests(project);
  const auto descriptors = descriptors_of(project.process().pid());
  const int leavers = sized(500, 10'000);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < leavers; ++i) {
    RawConnection client(project.port());
    client.send(load_request(i % 2 == 0 ? "POST" : "GET", "/api/slow?ms=20"));
  }
  const auto took = milliseconds_since(begun);
  HttpClient client;
  CHECK(eventually([&] { return client.get(project.url("/api/slow?ms=0")).status == 200; }));
  const auto after = quick_requests(project);
  report(fmt::format("clients that left: {} in {:.0f} ms; then {}", leavers, took, after.text()));
  CHECK(before.failed() == 0);
  CHECK(after.failed() == 0);
  check_as_before(project, descriptors);
}

TEST_CASE("a worker that is busy while clients leave is not taken for one that leaves requests unread") {
  const ServedProject project({.arguments = {"--nginx-workers", std::to_string(nginx_workers)}});
  const auto request = [](std::size_t bytes) {
    return load_request("POST", "/api/echo", "[\"" + std::string(bytes, 'x') + "\"]");
  };
  Load load({.port = project.port(), .connections = 48, .requests = {request(20'000)}});
  REQUIRE(load.goes_on(1000));
  const auto before = project.processes("echo");
  // The supervisor looks at it once a second after somebody has left, three times.
  const auto until = std::chrono::steady_clock::now() + 6s;
  while (std::chrono::steady_clock::now() < until) {
    {
      RawConnection client(project.port());
      client.send(request(500'000));
    }
    std::this_thread::sleep_for(100ms * slowness);  // the fault's own rate
  }
  const auto figures = load.stop();
  report(fmt::format("busy while clients leave: {}", figures.text()));
  CHECK(figures.failed() == 0);
  CHECK(project.processes("echo") == before);
  CHECK(project.log().find("leaves requests unread") == std::string::npos);
}

TEST_CASE(
    "requests that are too slow end as 504 at their time, and the quick ones beside them are answered") {
  const ServedProject project(two_nginx_workers());
  const auto descriptors = descriptors_of(project.process().pid());
  HttpClient().get(project.url("/api/slow?ms=0"));
  Load stuck({.port = project.port(),
              .connections = 3,
              .requests = {load_request("POST", "/api/slow?ms=8000")},
              .most = 3});
  Load quick({.port = project.port(),
              .connections = 2,
              .requests = {load_request("POST", "/api/slow?ms=5")},
              .rate = 50});
  const auto timed_out = stuck.wait();
  CHECK(quick.goes_on(50));
  const auto figures = quick.stop();
  report(fmt::format("stuck: {}; beside them {}", timed_out.text(), figures.text()));
  CHECK(timed_out.with_status(504) == 3);
  CHECK(timed_out.took < 6s);
  CHECK(figures.failed() == 0);
  // Who is stuck is replaced, and ended.
  project.wait_for_log("runs for longer than its timeout");
  CHECK(eventually([&] { return workers(project, "slow").size() == 1; }));
  check_as_before(project, descriptors);
}

TEST_CASE("requests that HTTP/2 clients reset leave nothing behind") {
  const Certificate certificate;
  const ServedProject project(
      fault_functions({"--tls-cert", certificate.file(), "--tls-key", certificate.key_file()}));
  const auto descriptors = descriptors_of(project.process().pid());
  HttpClient client({.authority = certificate.file()});
  const int connections = sized(20, 200);
  int resets = 0;
  for (int i = 0; i < connections; ++i) {
    Http2Connection connection(project.port());
    for (int request = 0; request < 50; ++request) {
      const auto stream = connection.request(http2_request("GET", "/api/slow?ms=20"));
      if (!connection.send(http2_frame(FrameType::reset, 0, stream, http2_number(8)))) break;
      ++resets;
    }
    connection.ping();
  }
  CHECK(eventually([&] { return client.get(project.url("/api/slow?ms=0")).status == 200; }));
  CHECK(eventually(
      [&] { return descriptors_of(project.process().pid()) <= descriptors + bound * nginx_workers + 8; }));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(client.get(project.url("/api/slow?ms=0")).status == 200);
  report(fmt::format("HTTP/2: {} requests reset over {} connections; the next one takes {:.1f} ms", resets,
                     connections, milliseconds_since(begun)));
}

TEST_CASE("a crash loop answers 503 with Retry-After at once and costs next to nothing") {
  const ServedProject project(two_nginx_workers());
  HttpClient client;
  client.get(project.url("/api/broken"));
  // Until it is no use to try soon.
  CHECK(eventually([&] { return client.get(project.url("/api/broken")).status == 503; }));
  const auto supervisor = project.process().pid();
  const auto beside = [&](const std::string& path, int rate) {
    LoadOptions options{.port = project.port(), .connections = 4, .rate = static_cast<double>(rate)};
    options.requests = {load_request("POST", path), load_request("GET", path)};
    options.most = static_cast<std::uint64_t>(rate) * sized<std::uint64_t>(4, 60);
    const auto used = processor_time_of(supervisor);
    Load load(std::move(options));
    auto figures = load.wait();
    return std::pair(processor_time_of(supervisor) - used, std::move(figures));
  };
  for (const int rate : {5, 500}) {
    const auto log_before = count_of(project.log(), "ended by");
    const auto [cost, figures] = beside("/api/broken", rate);
    report(fmt::format(
        "crash loop, asked {} times a second: supervisor {} ms of processor in {:.1f} s ({} ms where "
        "the function is a sound one: nginx's log), {} further starts; {}",
        rate, cost.count(), figures.took.count(), beside("/api/neighbour", rate).first.count(),
        count_of(project.log(), "ended by") - log_before, figures.text()));
    CHECK(figures.done() == figures.failed());
  }
  const auto refusal = client.request("POST", project.url("/api/broken"));
  CHECK((refusal.status == 503 || refusal.status == 502));
  if (refusal.status == 503) CHECK_FALSE(refusal.header("Retry-After").empty());
  CHECK(client.get(project.url("/api/neighbour")).status == 200);
}
