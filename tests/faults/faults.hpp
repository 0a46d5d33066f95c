// What the tests of faults share: the server on their functions, sizes, figures, and its control socket. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/load.hpp"
#include "support/served_project.hpp"

namespace stile::test {

/// STILE_SOAK=1: as long as the promises say, instead of some seconds.
bool is_soak();
template <class T>
T sized(T usual, T soak) {
#ifdef STILE_SANITIZED
  static_cast<void>(soak);
  return std::max(usual / 5, T{1});  // what sanitizers find they find in few
#else
  return is_soak() ? soak : usual;
#endif
}

/// How much slower a load of many requests is than in a release build, of what sized() leaves.
#ifdef STILE_SANITIZED
constexpr int slowness = 5;
#else
constexpr int slowness = 1;
#endif

/// One readable line on standard output.
void report(const std::string& figures);

/// Of an odd number of figures the one in the middle, of an even number the upper of the two. There has to be one.
double median(std::vector<double> figures);

ServedOptions fault_functions(const std::vector<std::string>& arguments = {});

/// The process that answers now; throws where none does.
pid_t pid_of(const ServedProject& project, const std::string& path);
/// Its processes, without those that it forked itself.
std::vector<pid_t> workers(const ServedProject& project, const std::string& name);

/// How often each serial stands in the journal of functions/journal.cpp.
std::map<std::uint64_t, int> journal(const ServedProject& project);

/// A line to the control socket, and the object that comes back. Throws where none does.
nlohmann::json control(const ServedProject& project, const std::string& line);

/// How many of its workers have come up so far, over all instances.
std::uint64_t starts_of(const ServedProject& project, const std::string& name);

/// Open descriptors of a process; 0 where it is gone.
std::size_t descriptors_of(pid_t pid);
/// Proportional set size in kB, of all of them.
std::uint64_t memory_of(const std::vector<pid_t>& pids);
/// User and system time that it has used so far.
std::chrono::milliseconds processor_time_of(pid_t pid);
/// A field of /proc/PID/status as it stands there.
std::string status_field(pid_t pid, std::string_view name);

/// How often `part` stands in the text.
std::size_t count_of(std::string_view text, std::string_view part);

}  // namespace stile::test
