// System call failures as exceptions. Any thread.
#pragma once

#include <string>

namespace stile::posix {

/// Throws std::system_error with the current errno; `what` names the call and its object: "bind /run/x.sock".
[[noreturn]] void throw_errno(const std::string& what);

/// Passes `result` through unless it is -1: then throw_errno(what).
int check(int result, const char* what);

}  // namespace stile::posix
