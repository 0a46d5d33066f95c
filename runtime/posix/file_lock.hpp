// A lock of a file (flock(2)) that says which process a folder belongs to. Knows nothing of what it guards.
// No shared state: any thread.
#pragma once

#include "posix/fd.hpp"

namespace stile::posix {

/// Takes the exclusive lock; false where somebody else holds it for more than a second. That long a process
/// that has just been killed may still hold it: a child of its own, on the way to its exec, has its descriptors.
bool lock_alone(const Fd& file);

}  // namespace stile::posix
