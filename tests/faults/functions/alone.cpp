// Not thread-safe: says whether it ever met another request in its process.
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

Json POST() {
  static std::atomic<int> inside{0};
  const int before = inside++;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  --inside;
  if (before != 0) throw Problem{500, "not alone"};
  return {{"pid", ::getpid()}};
}
Json GET() { return POST(); }

const Settings settings{.concurrency = 1, .instances = 4};
