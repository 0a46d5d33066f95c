// What the cgroups that this process is in, and those above them as far as they can be seen, allow it. Files that can't be
// read limit nothing. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace stile::posix {

/// Reads a limit from a cgroup's folder; nothing where there is none.
using ReadLimit = std::function<std::optional<std::uint64_t>(const std::string& folder)>;

/// The least limit of all levels of the hierarchies that hold the controller ("cpu", "memory"), v1 and v2. `root` stands
/// before /proc and /sys.
std::optional<std::uint64_t> least_limit(const std::string& root, const std::string& controller,
                                         const ReadLimit& read);

/// Bytes of memory that this process and its siblings may use; nothing where no cgroup limits them (v2: memory.max, v1:
/// memory.limit_in_bytes).
std::optional<std::uint64_t> memory_limit(const std::string& root = "");

}  // namespace stile::posix
