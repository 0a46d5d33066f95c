#include "gateway/budget.hpp"

#include <algorithm>

namespace stile::gateway {
namespace {

// nginx makes room for all of its connections when it starts, 430 bytes each: 7 MB at this many.
constexpr std::uint64_t most_connections = 16'384;
constexpr std::uint64_t fewest_connections = 64;
// A quarter is left to files (long bodies and answers), and these to logs, sockets and the like.
constexpr std::uint64_t other_descriptors = 32;

}  // namespace

Budget::Budget(std::uint64_t descriptors, std::size_t functions, std::size_t workers)
    : descriptors_(std::min(descriptors, 2 * most_connections)) {
  const auto share = descriptors_ - descriptors_ / 4;
  const auto free = share > other_descriptors ? share - other_descriptors : 0;
  connections_ = std::clamp(free, fewest_connections, most_connections);
  // A request takes a client's connection and one to a function, so functions may keep half. The supervisor
  // holds what all nginx workers keep, under the same limit. Where there is less than one place each, not all
  // are in use at once.
  const std::uint64_t keepers = std::max<std::size_t>(functions, 1) * std::max<std::size_t>(workers, 1);
  kept_places_ = std::max<std::uint64_t>(connections_ / 2 / keepers, 1);
}

std::uint64_t Budget::kept(const ResolvedLimits& limits) const {
  return std::min<std::uint64_t>(limits.bound(), kept_places_);
}

std::uint64_t Budget::at_once(const ResolvedLimits& limits) const {
  const auto bound = std::min<std::uint64_t>(limits.bound(), connections_ / 2);
  return (bound + limits.instances - 1) / limits.instances;
}

}  // namespace stile::gateway
