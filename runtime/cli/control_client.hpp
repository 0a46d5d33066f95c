// Asks the server that runs on a run directory, over its control socket: a line goes, one JSON object comes. Knows no
// verb. One thread; blocks until the answer is there or the time is up.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "posix/failure.hpp"

namespace stile::cli {

/// There is no server that could be asked, or it says nothing.
class NoAnswer : public Failure {
 public:
  using Failure::Failure;
};

/// The answer, whatever it says. `request` is "VERB" or "VERB ARGUMENT", without control characters. Throws NoAnswer, and
/// Failure where what comes is no answer.
nlohmann::json ask_server(const std::string& run_directory, const std::string& request,
                          std::chrono::milliseconds patience);

/// What the answer's "message" says, fit for a terminal. Throws Failure with it where the answer is no "ok".
std::string message_of(const nlohmann::json& answer);

}  // namespace stile::cli
