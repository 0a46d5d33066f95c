// Takes longer than it may.
#include <poll.h>

#include <stile/function.hpp>

stile::Json GET() {
  ::poll(nullptr, 0, 1000);
  return "too late";
}
stile::Json POST() { return GET(); }

const stile::Settings settings{.timeout = std::chrono::milliseconds{100}};
