// Asks the server that serves from a run directory: supervisor/control_socket.hpp is the other end. One thread; waits.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace stile::cli {

/// Sends a line ("status", "rollback NAME") and returns the object that comes back. Throws Failure where nobody serves
/// from that directory, he is somebody else's, or does not answer in time; and, with his own words, where what was asked
/// for could not be done.
nlohmann::json ask_server(const std::string& run_directory, const std::string& line,
                          std::chrono::milliseconds patience);

}  // namespace stile::cli
