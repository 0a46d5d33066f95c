// What the file of a worker's counters is called in RUN_DIR/workers: enough for another supervisor to know the process again,
// and how long it may go on. No worker can change it. Pure but for start_time().
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stile::supervisor {

/// What a worker may take to leave beyond what a request of its may.
inline constexpr std::chrono::milliseconds way_out{2'000};

struct WorkerFile {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  ///< of the process, as start_time() says it
  std::chrono::milliseconds timeout{0};
};

/// "todos.id@0.1234-5678-30000" of the label "todos.id@0".
std::string worker_file_name(std::string_view label, const WorkerFile& file);
/// Nothing where the name is no such one.
std::optional<WorkerFile> parse_worker_file(std::string_view name);

/// When the process began, in clock ticks since the machine did (proc(5), stat, field 22); 0 where there is none. With it
/// a process is told from a later one of its number.
std::uint64_t start_time(pid_t pid);

}  // namespace stile::supervisor
