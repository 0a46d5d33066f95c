// How many requests a function takes from one address: `.rate = Rate{.requests = 10, .per = 1s}` among its Settings. nginx
// counts, and refuses (docs/limits.md).
#pragma once

#include <chrono>
#include <cstdint>

namespace stile {

/// A bucket of `burst` requests for each address, which gets `requests` again in each `per`. What finds it empty is a 429.
struct Rate {
  /// Up to a million. 0: as many as come, also where the project has a rate.
  std::uint32_t requests = 0;
  /// 1 ms to 24 h, so that it comes to a whole number of requests a second or a minute.
  std::chrono::milliseconds per{1000};
  /// How many may come at once; 0: as many as `requests`.
  std::uint32_t burst = 0;
};

}  // namespace stile
