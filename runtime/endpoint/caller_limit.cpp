#include "endpoint/caller_limit.hpp"

#include <algorithm>
#include <vector>

namespace stile {

CallerLimit::Taken CallerLimit::take(const std::string& caller, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (full_at_.size() >= most_callers && full_at_.find(caller) == full_at_.end()) make_room(now);
  auto& full_at = full_at_[caller];
  const auto next = std::max(full_at, now) + apart_;
  const auto over = next - now - apart_ * at_once_;
  if (over > Clock::duration::zero()) return {false, 0, std::chrono::ceil<std::chrono::seconds>(over)};
  full_at = next;
  return {true, static_cast<std::uint64_t>(-over / apart_),
          std::chrono::ceil<std::chrono::seconds>(next - now)};
}

std::size_t CallerLimit::size() const {
  const std::lock_guard lock(mutex_);
  return full_at_.size();
}

// A tenth at once, so that a crowd does not pay for it each time.
void CallerLimit::make_room(Clock::time_point now) {
  std::erase_if(full_at_, [&](const auto& known) { return known.second <= now; });
  constexpr auto enough = most_callers - most_callers / 10;
  if (full_at_.size() <= enough) return;
  std::vector<Clock::time_point> times;
  times.reserve(full_at_.size());
  for (const auto& known : full_at_) times.push_back(known.second);
  const auto last = times.begin() + static_cast<std::ptrdiff_t>(times.size() - enough - 1);
  std::nth_element(times.begin(), last, times.end());
  std::erase_if(full_at_, [&](const auto& known) { return known.second <= *last; });
}

}  // namespace stile
