// How many processors this process may use: those of its affinity, and what its cgroup's CPU limit is worth. Any thread.
#pragma once

#include <string>

namespace stile::posix {

/// At least 1. A limit of 1.5 processors (cgroup v2: cpu.max, v1: cpu.cfs_quota_us) is 2: what is left over would idle
/// otherwise. Every level of the hierarchy that is visible counts; files that can't be read limit nothing. `root` stands
/// before /proc and /sys.
unsigned usable_processors(const std::string& root = "");

}  // namespace stile::posix
