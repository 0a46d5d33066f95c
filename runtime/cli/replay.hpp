// Runs the request that crashed a function once more, in the terminal. Knows whose it is, not what is in it. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/project.hpp"

namespace stile::cli {

/// The name of the function that a kept request (manifest/crash_file.hpp) is of. Throws Failure.
std::string function_of_kept_request(std::string_view text, const std::string& file);

/// What is to be executed: the function's worker, or gdb with it.
std::vector<std::string> replay_command(const std::vector<BuiltFunction>& functions,
                                        const std::string& function, const std::string& file, bool debug);

/// Becomes that command, with STILE_STATE_DIR; as root with the account's rights alone, as what has crashed a function may
/// well have been meant to. Throws Failure where it can't.
[[noreturn]] void replay(const std::vector<BuiltFunction>& functions, const std::string& file, bool debug,
                         const Resolved& settings);

}  // namespace stile::cli
