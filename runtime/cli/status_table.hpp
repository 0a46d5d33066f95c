// What `stile status` shows: a table for people, or JSON. Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/server_status.hpp"

namespace stile::cli {

/// Processor time as a share of one processor: between two moments, or, without an earlier one, of the process's life.
double processor_share(const FunctionStatus& now, const FunctionStatus* earlier,
                       std::chrono::milliseconds between);

/// A line each, of at most 100 columns and without newline; the first is the head. What a function has crashed of last
/// stands in a line below it. `earlier` holds what was measured so long before, if anything.
std::vector<std::string> status_table(const std::vector<FunctionStatus>& functions,
                                      const std::vector<FunctionStatus>& earlier,
                                      std::chrono::milliseconds between);

/// {"run_dir": ..., "functions": [...]}: times in microseconds, memory in bytes, processor time in milliseconds.
std::string status_json(const std::vector<FunctionStatus>& functions, const std::string& run_directory);

}  // namespace stile::cli
