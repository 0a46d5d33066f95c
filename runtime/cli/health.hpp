// Asks a server that runs how it is: what a container's HEALTHCHECK needs, without a further tool. One thread; waits up to
// ten seconds.
#pragma once

#include <string>

namespace stile::cli {

/// `socket` is the one of its run directory. Throws Failure, with what it says of itself, where it is not ready or does not
/// answer.
void check_health(const std::string& socket);

}  // namespace stile::cli
