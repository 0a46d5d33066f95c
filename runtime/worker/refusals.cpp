#include "worker/refusals.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <vector>

namespace stile::worker {
namespace {

// Of IPv6 the /64: all of it is one client's, as a rule. Anything else is what it says.
std::string neighbourhood_of(std::string_view address) {
  constexpr std::size_t network_bytes = 8;
  std::array<char, sizeof(in6_addr)> bytes{};
  std::string key(address);
  if (key.find('.') == std::string::npos && ::inet_pton(AF_INET6, key.c_str(), bytes.data()) == 1)
    return "6" + std::string(bytes.data(), network_bytes);
  return key;
}

}  // namespace

std::optional<std::chrono::seconds> Refusals::wait(std::string_view address, Clock::time_point now) {
  if (size() == 0) return std::nullopt;
  const auto key = neighbourhood_of(address);
  const std::lock_guard lock(mutex_);
  const auto found = forgotten_at_.find(key);
  if (found == forgotten_at_.end()) return std::nullopt;
  const auto beyond = found->second - now - (at_once - 1) * apart;
  if (beyond <= Clock::duration::zero()) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(beyond);
}

void Refusals::count(std::string_view address, Clock::time_point now) {
  auto key = neighbourhood_of(address);
  const std::lock_guard lock(mutex_);
  if (forgotten_at_.size() >= most_addresses && forgotten_at_.find(key) == forgotten_at_.end())
    make_room(now);
  auto& forgotten_at = forgotten_at_[std::move(key)];
  forgotten_at = std::max(forgotten_at, now) + apart;
  size_.store(forgotten_at_.size(), std::memory_order_relaxed);
}

// A tenth at once, so that a flood of addresses does not pay for it each time.
void Refusals::make_room(Clock::time_point now) {
  std::erase_if(forgotten_at_, [&](const auto& known) { return known.second <= now; });
  constexpr auto enough = most_addresses - most_addresses / 10;
  if (forgotten_at_.size() <= enough) return;
  std::vector<Clock::time_point> times;
  for (const auto& known : forgotten_at_) times.push_back(known.second);
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(times.size() - enough - 1);
  std::nth_element(times.begin(), nth, times.end());
  auto left = times.size() - enough;
  std::erase_if(forgotten_at_, [&, last = *nth](const auto& known) {
    if (left == 0 || known.second > last) return false;
    --left;
    return true;
  });
}

}  // namespace stile::worker
