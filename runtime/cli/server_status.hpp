// How the functions of a server do: what the server says of its workers, what they count themselves, what the kernel says
// of them. Believes no name of a file that it is told, and no number to be more than a number. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lending/counters.hpp"

namespace stile::cli {

/// A process, or what several of them have used together.
struct Usage {
  std::chrono::milliseconds processor_time{0};
  std::chrono::milliseconds age{0};  ///< of the oldest
  std::uint64_t memory = 0;          ///< bytes that are its own; what it shares with others is left out
};

/// One slot, as the server sees it.
struct SlotReport {
  std::string state;
  std::vector<pid_t> pids;  ///< the worker that serves first, then those that leave
  std::string counters;     ///< the name of a file in RUN_DIR/workers; empty: there is none
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;
  std::string last_crash;
};

struct FunctionReport {
  std::string name;
  std::string path;
  std::vector<SlotReport> slots;
};

/// What `status` answers. Pure. Throws Failure where that is something else.
std::vector<FunctionReport> parse_reports(const nlohmann::json& answer);

/// Without a server: what stands in RUN_DIR/workers, a function for each name that its files have.
std::vector<FunctionReport> reports_of_files(const std::string& run_directory);

/// A function, its slots taken together.
struct FunctionStatus {
  std::string name;
  std::string path;
  std::string state;  ///< of all slots, or of the one that does most; empty: nobody knows
  std::size_t instances = 0;
  std::size_t up = 0;      ///< of these, with a worker
  lending::Counts counts;  ///< of the workers that serve
  std::optional<Usage> usage;
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;
  std::string last_crash;
};

/// Reads counters and /proc. What has gone meanwhile counts as nothing.
std::vector<FunctionStatus> measure(const std::vector<FunctionReport>& reports,
                                    const std::string& run_directory);

/// The numbers of two workers as if they were one.
lending::Counts sum(const lending::Counts& one, const lending::Counts& other);

}  // namespace stile::cli
