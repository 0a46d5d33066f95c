// Where functions keep what outlives a request: one directory for a project's functions, so that those that
// share code share their data. Any thread.
#pragma once

#include <filesystem>

namespace stile {

/// The state directory (`stile serve --state-dir`); it exists and can be written to. Throws
/// std::runtime_error where none was given: in a worker that was started by hand, set STILE_STATE_DIR.
std::filesystem::path state_dir();

}  // namespace stile
