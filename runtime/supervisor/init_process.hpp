// Process 1 of a container: whoever is it has to reap every orphan and to pass signals on, and gets none that it does not
// ask for. So the server runs in a child, and process 1 does nothing else. One thread, and none may run before.
#pragma once

#include <functional>

namespace stile::supervisor {

/// Returns what `server` returns. Where this process is number 1, `server` runs in a child in a session of its own (a
/// terminal's Ctrl-C then comes once, from here), and the parent returns the child's exit code, or 128 + the signal that
/// ended it; in the child it returns, or throws, what `server` does. Throws std::system_error.
int run_below_init(const std::function<int()>& server);

}  // namespace stile::supervisor
