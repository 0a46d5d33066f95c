// Harms its own process as it is asked to, and goes on.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stile/function.hpp>
#include <thread>

using namespace stile;

Json POST(Query<"what"> what) {
  if (*what == "descriptors") {
    while (::open("/dev/null", O_RDONLY) != -1) {
    }
  }
  if (*what == "output") {
    const std::string line(200, 'x');
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < end) std::puts(line.c_str());
  }
  if (*what == "sigterm") {
    ::signal(SIGTERM, SIG_IGN);
    std::thread([] {
      while (true) ::pause();
    }).detach();
  }
  if (*what == "deaf") {  // its control thread, which is the first one, hears nothing any more
    ::signal(SIGUSR2, [](int) {
      while (true) ::pause();
    });
    ::syscall(SYS_tgkill, ::getpid(), ::getpid(), SIGUSR2);
  }
  if (*what == "hang") {
    while (true) ::pause();
  }
  return {{"pid", ::getpid()}};
}

Json GET() { return {{"pid", ::getpid()}}; }

const Settings settings{.timeout = 3s, .concurrency = 4};
