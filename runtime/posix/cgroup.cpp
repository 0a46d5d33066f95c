#include "posix/cgroup.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace stile::posix {
namespace {

std::optional<std::uint64_t> lesser(std::optional<std::uint64_t> one, std::optional<std::uint64_t> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// A cgroup and those above it. In a container its path may be the host's, of which the mount shows the last part alone:
// then nothing is there but the mount's own top.
std::optional<std::uint64_t> limit_from(const std::string& mount, std::string path, const ReadLimit& read) {
  std::optional<std::uint64_t> least;
  for (;; path.resize(path.rfind('/'))) {
    while (path.ends_with('/')) path.pop_back();
    least = lesser(least, read(mount + path));
    if (path.find('/') == std::string::npos) return least;
  }
}

// "max", and what v1 says where there is no limit: the largest number of pages.
std::optional<std::uint64_t> bytes_in(const std::string& file) {
  constexpr std::uint64_t unlimited = std::uint64_t{1} << 60U;
  std::string word;
  std::ifstream(file) >> word;
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), bytes);
  if (error != std::errc{} || end != word.data() + word.size() || bytes >= unlimited) return std::nullopt;
  return bytes;
}

}  // namespace

// Lines "0::/path" (v2) and "4:cpu,cpuacct:/path" (v1).
std::optional<std::uint64_t> least_limit(const std::string& root, const std::string& controller,
                                         const ReadLimit& read) {
  const std::string mount = root + "/sys/fs/cgroup";
  std::optional<std::uint64_t> least;
  std::ifstream cgroups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_unified = controllers == ",,";
    if (!is_unified && controllers.find("," + controller + ",") == std::string::npos) continue;
    least = lesser(least,
                   limit_from(is_unified ? mount : mount + "/" + controller, line.substr(second + 1), read));
  }
  return least;
}

std::optional<std::uint64_t> memory_limit(const std::string& root) {
  return least_limit(root, "memory", [](const std::string& folder) {
    return lesser(bytes_in(folder + "/memory.max"), bytes_in(folder + "/memory.limit_in_bytes"));
  });
}

}  // namespace stile::posix
