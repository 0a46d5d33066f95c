#include "posix/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

namespace stile::posix {
namespace {

constexpr unsigned unlimited = std::numeric_limits<unsigned>::max();

std::optional<long long> number_of(const std::string& text) {
  std::istringstream in(text);
  long long number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

// "max 100000", "-1": no limit.
unsigned processors_worth(const std::string& quota, const std::string& period) {
  const auto time = number_of(quota);
  const auto each = number_of(period);
  if (!time || !each || *time <= 0 || *each <= 0) return unlimited;
  const long long count = *time / *each + (*time % *each == 0 ? 0 : 1);
  return static_cast<unsigned>(std::min<long long>(count, unlimited));
}

std::string word_of(const std::string& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

unsigned limit_in(const std::string& folder) {
  std::string quota;
  std::string period;
  if (std::ifstream(folder + "/cpu.max") >> quota >> period) return processors_worth(quota, period);
  return processors_worth(word_of(folder + "/cpu.cfs_quota_us"), word_of(folder + "/cpu.cfs_period_us"));
}

// A cgroup and those above it. In a container its path may be the host's, of which the mount shows the last part alone:
// then nothing is there but the mount's own top.
unsigned limit_from(const std::string& mount, std::string path) {
  unsigned least = unlimited;
  for (;; path.resize(path.rfind('/'))) {
    while (path.ends_with('/')) path.pop_back();
    least = std::min(least, limit_in(mount + path));
    if (path.find('/') == std::string::npos) return least;
  }
}

// Lines "0::/path" (v2) and "4:cpu,cpuacct:/path" (v1).
unsigned cgroup_limit(const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  unsigned least = unlimited;
  std::ifstream cgroups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_unified = controllers == ",,";
    if (!is_unified && controllers.find(",cpu,") == std::string::npos) continue;
    least = std::min(least, limit_from(is_unified ? mount : mount + "/cpu", line.substr(second + 1)));
  }
  return least;
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
  const unsigned least = std::min(affinity(), cgroup_limit(root));
  return least == unlimited ? 1 : least;
}

}  // namespace stile::posix
