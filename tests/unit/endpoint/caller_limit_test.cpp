#include "endpoint/caller_limit.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace stile;
using namespace std::chrono_literals;

namespace {

const CallerLimit::Clock::time_point start{1000h};

}  // namespace

TEST_CASE("a caller's bucket empties, and fills again at its rate") {
  CallerLimit limit(RatePolicy{2, 10s, 3});  // one each 5 s
  for (const std::uint64_t left : {2U, 1U, 0U}) {
    const auto taken = limit.take("ada", start);
    CHECK(taken.is_let_in);
    CHECK(taken.left == left);
  }
  const auto refused = limit.take("ada", start);
  CHECK_FALSE(refused.is_let_in);
  CHECK(refused.until == 5s);
  CHECK_FALSE(limit.take("ada", start + 4999ms).is_let_in);
  CHECK(limit.take("ada", start + 5s).is_let_in);
  CHECK_FALSE(limit.take("ada", start + 5s).is_let_in);
  CHECK(limit.take("ada", start + 1h).left == 2);
}

TEST_CASE("callers have buckets of their own") {
  CallerLimit limit(RatePolicy{1, 1h, 0});
  CHECK(limit.take("ada", start).is_let_in);
  CHECK_FALSE(limit.take("ada", start).is_let_in);
  CHECK(limit.take("bob", start).is_let_in);
}

TEST_CASE("however many callers there are, no more are known than are allowed, and the busiest stay") {
  CallerLimit limit(RatePolicy{10, 1h, 10});
  for (int i = 0; i < 10; ++i) CHECK(limit.take("busy", start).is_let_in);
  for (std::size_t i = 0; i < 3 * CallerLimit::most_callers; ++i) limit.take(std::to_string(i), start);
  CHECK(limit.size() <= CallerLimit::most_callers);
  CHECK_FALSE(limit.take("busy", start).is_let_in);
}

TEST_CASE("threads together are let in as often as one alone") {
  CallerLimit limit(RatePolicy{100, 1h, 100});
  std::atomic<int> let_in = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) let_in += limit.take("ada", start).is_let_in ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(let_in == 100);
}
