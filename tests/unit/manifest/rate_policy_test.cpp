#include "manifest/rate_policy.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace std::chrono_literals;
using Catch::Contains;
using stile::RatePolicy;

TEST_CASE("A rate is whole requests a second or a minute, as nginx counts") {
  const auto rate = [](std::uint32_t requests, std::chrono::milliseconds per) {
    const RatePolicy policy{requests, per, 0};
    policy.check();
    return policy.nginx_rate();
  };
  CHECK(rate(10, 1s) == "10r/s");
  CHECK(rate(1, 100ms) == "10r/s");
  CHECK(rate(100, 1min) == "100r/m");
  CHECK(rate(120, 1min) == "2r/s");
  CHECK(rate(1, 1min) == "1r/m");
  CHECK(rate(60, 1h) == "1r/m");
  CHECK_THROWS_WITH(rate(100, 1h), Contains("100 in 3600000 ms is no whole number of requests"));
  CHECK_THROWS_WITH(rate(5, 24h), Contains("write .requests = 1, .per = 1min"));
}

TEST_CASE("An empty bucket takes another request after as many whole seconds") {
  CHECK(RatePolicy{10, 1s, 0}.wait() == 1s);
  CHECK(RatePolicy{1, 1s, 0}.wait() == 1s);
  CHECK(RatePolicy{30, 1min, 0}.wait() == 2s);
  CHECK(RatePolicy{1, 1min, 0}.wait() == 63s);  // nginx makes 0.016 a second of it
}

TEST_CASE("A rate out of range is refused") {
  CHECK_NOTHROW(RatePolicy{}.check());
  CHECK_FALSE(RatePolicy{}.is_limit());
  CHECK(RatePolicy{10, 1s, 0}.at_once() == 10);
  CHECK(RatePolicy{10, 1s, 20}.at_once() == 20);
  CHECK_THROWS_WITH((RatePolicy{0, 1s, 5}.check()), Contains("rate.burst is set"));
  CHECK_THROWS_WITH((RatePolicy{1'000'001, 1s, 0}.check()), Contains("rate.requests must be 1 .. 1000000"));
  CHECK_THROWS_WITH((RatePolicy{1, 1s, 1'000'001}.check()), Contains("rate.burst must be"));
  CHECK_THROWS_WITH((RatePolicy{1, 0s, 0}.check()),
                    Contains("rate.per (milliseconds) must be 1 .. 86400000"));
  CHECK_THROWS_WITH((RatePolicy{1, 25h, 0}.check()), Contains("rate.per"));
}

TEST_CASE("A rate reads what it wrote, and names what it does not know") {
  const RatePolicy policy{10, 2s, 20};
  CHECK(RatePolicy::parse(policy.to_json()) == policy);
  for (const auto* name : {"requests", "per_ms", "burst"}) {
    auto object = policy.to_json();
    object[name] = "1";
    CHECK_THROWS_WITH(RatePolicy::parse(object),
                      Contains("\"" + std::string(name) + "\" must be a whole number"));
  }
  auto object = policy.to_json();
  object["colour"] = 1;
  CHECK_THROWS_WITH(RatePolicy::parse(object), Contains("\"colour\" is unknown"));
  CHECK_THROWS_AS(RatePolicy::parse(1), std::invalid_argument);
}
