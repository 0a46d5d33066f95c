// A copy of the compiled project in a folder of its own, laid out as it is where it is installed. One thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace stile::test {

/// Copies bin/, functions/ and nginx/ below `folder`, for others to read and execute; returns the program's
/// path.
std::string install_into(const std::filesystem::path& folder);

/// The user that a process runs as (its effective one).
uid_t user_of(pid_t pid);

/// Starts a command as nobody: "setpriv", "--reuid=...", ... to be put before it. For root alone.
std::vector<std::string> as_nobody();

}  // namespace stile::test
