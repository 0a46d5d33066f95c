#include "support/load.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "support/served_project.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

TEST_CASE("a load counts what became of each request, over connections that are kept") {
  const ServedProject project;
  std::set<std::uint64_t> serials;
  LoadOptions options{.port = project.port(), .connections = 4, .most = 4000};
  options.requests = {load_request("GET", "/api/hello"), load_request("POST", "/api/echo", "{\"n\": 1}"),
                      load_request("HEAD", "/api/hello"), load_request("GET", "/api/nothing")};
  options.on_answer = [&](const LoadAnswer& answer) { serials.insert(answer.serial); };
  Load load(std::move(options));
  const auto figures = load.wait();
  INFO(figures.text());
  CHECK(figures.done() == 4000);
  for (const auto& kind : figures.kinds) CHECK(kind.done() > 900);
  for (const std::size_t answered : {0U, 1U, 2U}) CHECK(figures.kinds.at(answered).failed() == 0);
  CHECK(figures.kinds.at(3).statuses.at(404) == figures.kinds.at(3).done());
  CHECK(figures.failed() == figures.with_status(404));
  CHECK(serials.size() == 4000);
  CHECK(figures.percentile(100) >= figures.percentile(50));
}

TEST_CASE("a load at a fixed rate sends as many as it says") {
  const ServedProject project;
  Load load({.port = project.port(),
             .connections = 2,
             .requests = {load_request("GET", "/api/hello")},
             .rate = 500,
             .most = 250});
  const auto figures = load.wait();
  INFO(figures.text());
  CHECK(figures.failed() == 0);
  CHECK(figures.took > 480ms);
}

TEST_CASE("what is closed without an answer is counted as such") {
  std::uint16_t port = 0;
  {
    const ServedProject project;
    port = project.port();
  }
  Load load({.port = port, .connections = 2, .requests = {load_request("GET", "/api/hello")}, .most = 10});
  const auto figures = load.wait();
  CHECK(figures.with_status(0) == 10);
}

TEST_CASE("percentiles are those of what was added") {
  Latencies latencies;
  for (int i = 1; i <= 1000; ++i) latencies.add(std::chrono::microseconds(i * 10));
  CHECK(latencies.percentile(50).count() == Approx(5000).epsilon(0.04));
  CHECK(latencies.percentile(99).count() == Approx(9900).epsilon(0.04));
  CHECK(latencies.percentile(100).count() == Approx(10000).epsilon(0.04));
  CHECK(with_commas(1234567) == "1,234,567");
  CHECK(with_commas(999) == "999");
}
