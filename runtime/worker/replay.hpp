// The request of a crash, run again in this process: reads the file that tells of it. Knows nothing of how requests run.
// The main thread.
#pragma once

#include <string>
#include <string_view>

#include "manifest/crash_file.hpp"

namespace stile::worker {

/// Throws Failure, in one line that begins with the path, where it can't be read, where somebody else than this account
/// and root may write it, where it is malformed, or tells of another function or of no request.
CrashFile read_crash_file(const std::string& path, std::string_view function);

}  // namespace stile::worker
