// Its process never comes up, where it is to serve.
#include <unistd.h>
#include <cstdlib>
#include <stile/function.hpp>

stile::Json GET() { return "never"; }
stile::Json POST() { return "never"; }

namespace {
const bool gone = [] {
  if (std::getenv("STILE_STATE_DIR") != nullptr) ::_exit(1);
  return true;
}();
}  // namespace
