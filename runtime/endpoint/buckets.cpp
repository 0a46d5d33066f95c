#include "endpoint/buckets.hpp"

#include <algorithm>
#include <vector>

namespace stile {

Buckets::Taken Buckets::take(const std::string& name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto& full = full_at(name, now);
  const auto next = std::max(full, now) + apart_;
  const auto over = next - now - apart_ * at_once_;
  if (over > Clock::duration::zero()) return {false, 0, std::chrono::ceil<std::chrono::seconds>(over)};
  full = next;
  return {true, static_cast<std::uint64_t>(-over / apart_),
          std::chrono::ceil<std::chrono::seconds>(next - now)};
}

void Buckets::overdraw(const std::string& name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto& full = full_at(name, now);
  full = std::max(full, now) + apart_;
}

Buckets::Clock::duration Buckets::wait(const std::string& name, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto found = full_at_.find(name);
  if (found == full_at_.end()) return {};
  return std::max(std::max(found->second, now) + apart_ - now - apart_ * at_once_, Clock::duration::zero());
}

Buckets::Clock::time_point& Buckets::full_at(const std::string& name, Clock::time_point now) {
  if (full_at_.size() >= most_names && full_at_.find(name) == full_at_.end()) make_room(now);
  auto& full = full_at_[name];
  size_.store(full_at_.size(), std::memory_order_relaxed);
  return full;
}

// A tenth at once, so that a crowd does not pay for it each time.
void Buckets::make_room(Clock::time_point now) {
  std::erase_if(full_at_, [&](const auto& known) { return known.second <= now; });
  constexpr auto enough = most_names - most_names / 10;
  if (full_at_.size() <= enough) return;
  std::vector<Clock::time_point> times;
  times.reserve(full_at_.size());
  for (const auto& known : full_at_) times.push_back(known.second);
  auto left = times.size() - enough;
  const auto last = times.begin() + static_cast<std::ptrdiff_t>(left - 1);
  std::nth_element(times.begin(), last, times.end());
  // Of those that are as full as the last one, no more than have to go.
  std::erase_if(full_at_, [&, latest = *last](const auto& known) {
    if (left == 0 || known.second > latest) return false;
    --left;
    return true;
  });
}

}  // namespace stile
