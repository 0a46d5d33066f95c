// Takes as long as it is told to.
#include <fcntl.h>
#include <unistd.h>
#include <chrono>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

namespace {
Json wait(int ms) {
  if (ms >= 100) {  // long enough for a test to ask for it
    const int file =
        ::open((state_dir() / "running").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (::write(file, "x\n", 2) == -1) throw Problem{500, "no file"};
    ::close(file);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return {{"pid", ::getpid()}};
}
}  // namespace

Json GET(Query<"ms", int, 10> ms) { return wait(*ms); }
Json POST(Query<"ms", int, 10> ms) { return wait(*ms); }

const Settings settings{.timeout = 2s, .concurrency = 4, .queue = 16};
