// Takes as long as it is told to.
#include <unistd.h>
#include <chrono>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

namespace {
Json wait(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return {{"pid", ::getpid()}};
}
}  // namespace

Json GET(Query<"ms", int, 10> ms) { return wait(*ms); }
Json POST(Query<"ms", int, 10> ms) { return wait(*ms); }

const Settings settings{.timeout = 2s, .concurrency = 4, .queue = 16};
