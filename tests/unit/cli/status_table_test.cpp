#include "cli/status_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

using namespace stile;
using namespace stile::cli;
using namespace std::chrono_literals;

namespace {

FunctionStatus hello() {
  FunctionStatus function;
  function.name = "hello";
  function.path = "/api/hello";
  function.state = "ready";
  function.instances = 2;
  function.up = 1;
  function.counts.answered = 1234;
  function.counts.failed = 5;
  function.counts.latencies[lending::bucket_of(3us)] = 1000;
  function.counts.latencies[lending::bucket_of(70ms)] = 234;
  function.usage = Usage{500ms, 10s, 12'300'000};
  function.restarts = 3;
  return function;
}

// Every number as large as it can be, every text as long.
FunctionStatus huge() {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  FunctionStatus function;
  function.name = std::string(200, 'n') + "\n";
  function.state = std::string(50, 's');
  function.instances = function.up = 64;
  function.counts = {
      most, most, most, std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<std::uint32_t>::max(),
      0ns,  {}};
  function.counts.latencies.back() = most;
  function.usage = Usage{24h, 1ms, 999'000'000'000};
  function.restarts = most;
  function.last_crash = std::string(500, 'c') + "\x1b[2J\n";
  return function;
}

}  // namespace

TEST_CASE("The table has a row for each function, under its head") {
  const auto lines = status_table({hello(), FunctionStatus{}}, {}, 0ms);
  REQUIRE(lines.size() == 3);
  CHECK(
      lines[0] ==
      "function             state       procs  run wait requests errors    p50    p99   cpu memory restarts");
  CHECK(
      lines[1] ==
      "hello                ready         1/2    0    0     1234      5    4us   82ms    5%   12MB        3");
  CHECK(
      lines[2] ==
      "                     -             0/0    0    0        0      0      -      -     -      -        0");
}

TEST_CASE("No line is wider than 100 columns, and none is more than one line") {
  for (const auto& line : status_table({hello(), huge()}, {}, 0ms)) {
    INFO(line);
    CHECK(line.size() <= 100);
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 0x7f; }));
  }
}

TEST_CASE("What a function has crashed of stands below its row") {
  auto function = hello();
  function.last_crash = "signal 11 (Segmentation fault)";
  const auto lines = status_table({function}, {}, 0ms);
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "  last crash: signal 11 (Segmentation fault)");
}

TEST_CASE("The processor's share is that between two looks, or of the whole life") {
  const auto earlier = hello();
  auto now = hello();
  now.usage->processor_time += 250ms;
  CHECK(processor_share(earlier, nullptr, 0ms) == Approx(0.05));
  CHECK(processor_share(now, &earlier, 1s) == Approx(0.25));
  now.usage->processor_time = 100ms;  // of another worker than before
  CHECK(processor_share(now, &earlier, 1s) == Approx(0.01));
}

TEST_CASE("The JSON has the numbers as they are") {
  const auto json = nlohmann::json::parse(status_json({hello()}, "/run/x"));
  CHECK(json.at("run_dir") == "/run/x");
  const auto& function = json.at("functions").at(0);
  CHECK(function.at("name") == "hello");
  CHECK(function.at("requests") == 1234);
  CHECK(function.at("errors") == 5);
  CHECK(function.at("p50_us") == 4);
  CHECK(function.at("memory") == 12'300'000);
  CHECK(function.at("cpu_ms") == 500);
  CHECK_NOTHROW(nlohmann::json::parse(status_json({huge()}, "/run/\xff")));
}
