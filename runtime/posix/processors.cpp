#include "posix/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "posix/cgroup.hpp"

namespace stile::posix {
namespace {

constexpr unsigned unlimited = std::numeric_limits<unsigned>::max();

std::optional<long long> number_of(const std::string& text) {
  std::istringstream in(text);
  long long number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

// "max 100000", "-1": no limit.
std::optional<std::uint64_t> processors_worth(const std::string& quota, const std::string& period) {
  const auto time = number_of(quota);
  const auto each = number_of(period);
  if (!time || !each || *time <= 0 || *each <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*time / *each + (*time % *each == 0 ? 0 : 1));
}

std::string word_of(const std::string& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

std::optional<std::uint64_t> quota_in(const std::string& folder) {
  std::string quota;
  std::string period;
  if (std::ifstream(folder + "/cpu.max") >> quota >> period) return processors_worth(quota, period);
  return processors_worth(word_of(folder + "/cpu.cfs_quota_us"), word_of(folder + "/cpu.cfs_period_us"));
}

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) == -1)
    return unlimited;  // more processors than the set has room for
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

unsigned usable_processors(const std::string& root) {
  const auto quota =
      std::min<std::uint64_t>(least_limit(root, "cpu", quota_in).value_or(unlimited), unlimited);
  const unsigned least = std::min(affinity(), static_cast<unsigned>(quota));
  return least == unlimited ? 1 : least;
}

}  // namespace stile::posix
