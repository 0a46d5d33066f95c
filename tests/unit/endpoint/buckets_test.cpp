#include "endpoint/buckets.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace stile;
using namespace std::chrono_literals;

namespace {

const Buckets::Clock::time_point start{1000h};

}  // namespace

TEST_CASE("a caller's bucket empties, and fills again at its rate") {
  Buckets limit(3, 5s);
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

TEST_CASE("what is overdrawn has to come back before anything is taken again") {
  Buckets limit(2, 5s);
  CHECK(limit.wait("ada", start) == 0s);
  for (int i = 0; i < 4; ++i) limit.overdraw("ada", start);
  CHECK(limit.wait("ada", start) == 15s);
  CHECK(limit.take("ada", start).until == 15s);
  CHECK_FALSE(limit.take("ada", start + 14999ms).is_let_in);
  CHECK(limit.wait("ada", start + 15s) == 0s);
  CHECK(limit.take("ada", start + 15s).is_let_in);
}

TEST_CASE("callers have buckets of their own") {
  Buckets limit(1, 1h);
  CHECK(limit.take("ada", start).is_let_in);
  CHECK_FALSE(limit.take("ada", start).is_let_in);
  CHECK(limit.take("bob", start).is_let_in);
}

TEST_CASE("however many callers there are, no more are known than are allowed, and the busiest stay") {
  Buckets limit(10, 6min);
  for (int i = 0; i < 10; ++i) CHECK(limit.take("busy", start).is_let_in);
  for (std::size_t i = 0; i < 3 * Buckets::most_names; ++i) limit.take(std::to_string(i), start);
  CHECK(limit.size() <= Buckets::most_names);
  CHECK_FALSE(limit.take("busy", start).is_let_in);
}

TEST_CASE("threads together are let in as often as one alone") {
  Buckets limit(100, 36s);
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
