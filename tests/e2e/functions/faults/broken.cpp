// A function whose process never comes up: as one that lacks what it needs.
#include <unistd.h>
#include <cstdlib>
#include <stile/function.hpp>

stile::Json GET() { return "never"; }
stile::Json POST() { return "never"; }

namespace {
// Only where it is to serve: the build asks the same program for its manifest.
const bool gone = [] {
  if (std::getenv("STILE_STATE_DIR") != nullptr) ::_exit(1);
  return true;
}();
}  // namespace
