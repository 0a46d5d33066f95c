// What `stile status` shows: of each function what the server says of its slots, what its workers count, and what the system
// says of their processes. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lending/counters.hpp"

namespace stile::cli {

struct FunctionStatus {
  std::string name;
  std::string path;
  std::string state;  ///< of its slots: "ready", or "ready 2, cold 1"
  std::uint64_t processes = 0;
  std::uint64_t instances = 0;
  lending::Counts counts;  ///< of all its workers; requests and errors since the server was started
  std::chrono::milliseconds cpu{0};
  std::uint64_t memory = 0;  ///< bytes: proportional where the system tells (PSS), else resident
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;
  std::string last_crash;
};

/// From the answer of the server of that run directory to "status". Throws Failure where it makes no sense.
std::vector<FunctionStatus> read_status(const nlohmann::json& answer, const std::string& run_directory);
/// From the files of counters alone, where the server does not answer.
std::vector<FunctionStatus> read_counters(const std::string& run_directory);

/// A line a function, below a heading; at most 100 columns but for what is last in a line. `before` and `since`: what the
/// time of the processor was, and how long ago, so that its share can be told; empty: its time is told.
std::string status_table(const std::vector<FunctionStatus>& functions,
                         const std::map<std::string, std::chrono::milliseconds>& before = {},
                         std::chrono::milliseconds since = {});
nlohmann::json status_json(const std::vector<FunctionStatus>& functions);

/// `stile status`: once, or each second until it is ended.
enum class Repeat : std::uint8_t { once, each_second };
enum class StatusForm : std::uint8_t { table, json };
/// Throws Failure where nobody serves from that directory.
void show_status(const std::string& run_directory, Repeat repeat, StatusForm form);

}  // namespace stile::cli
