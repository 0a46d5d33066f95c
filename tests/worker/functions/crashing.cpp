// Crashes in the way that the body asks for.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include <stile/function.hpp>

using namespace stile;

namespace {

[[gnu::noinline]] int follow(int* pointer) { return *pointer + 1; }

[[gnu::noinline]] int recurse(int depth) {  // NOLINT(misc-no-recursion): that is the point
  volatile char room[512] = {static_cast<char>(depth)};
  return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

int (*volatile nowhere)() = nullptr;

[[gnu::noinline]] int crash(const std::string& how) {
  static int* volatile nothing = nullptr;
  if (how == "pointer") return follow(nothing);
  if (how == "stack") return recurse(0);
  if (how == "abort") std::abort();
  if (how == "illegal") __builtin_trap();
  if (how == "call") return nowhere() + 1;
  if (how == "number") std::raise(SIGFPE);
  if (how == "bus") std::raise(SIGBUS);
  if (how == "child") {
    const pid_t child = ::fork();
    if (child == 0) std::abort();
    int status = 0;
    ::waitpid(child, &status, 0);
    return WTERMSIG(status);
  }
  if (how == "wait") ::pause();
  return 0;
}

}  // namespace

Json POST(const Request& request) { return {{"result", crash(request.body())}}; }
