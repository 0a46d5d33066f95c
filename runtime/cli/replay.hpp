// A kept crash, run once more. One thread.
#pragma once

#include "cli/command_line.hpp"

namespace stile::cli {

/// Becomes the worker of the function that the file names, or a debugger of it. Throws UsageError, Failure.
[[noreturn]] void replay(const CommandLine& line);

}  // namespace stile::cli
