// Ends its process, or does what should end it, in the way that is asked for.
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <stile/function.hpp>
#include <vector>

using namespace stile;

namespace {

// As one whose container gives it no more: each page is touched.
[[noreturn]] void eat_memory() {
  const rlimit limit{512U << 20U, 512U << 20U};
  ::setrlimit(RLIMIT_AS, &limit);
  std::vector<char*> eaten;
  std::set_new_handler([] { std::abort(); });
  while (true) {
    eaten.push_back(new char[1U << 20U]);
    std::memset(eaten.back(), 1, 1U << 20U);
  }
}

int recurse(int depth) {
  volatile char room[4096] = {};
  room[depth % 4096] = 1;
  return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

}  // namespace

Json POST(Query<"how"> how) {
  if (*how == "segv") *static_cast<volatile int*>(nullptr) = 1;
  if (*how == "stack") return recurse(0);
  if (*how == "abort") std::abort();
  if (*how == "terminate") std::terminate();
  if (*how == "exit") ::_exit(3);
  if (*how == "exit 0") ::_exit(0);
  if (*how == "kill") ::raise(SIGKILL);
  if (*how == "memory") eat_memory();
  if (*how == "fork") {  // a child that outlives it, with copies of all descriptors
    if (::fork() == 0) {
      ::pause();
      ::_exit(0);
    }
    ::raise(SIGKILL);
  }
  if (*how == "session") {  // and one that even leaves its process group
    if (::fork() == 0) {
      ::setsid();
      ::alarm(20);
      ::pause();
      ::_exit(0);
    }
    ::raise(SIGKILL);
  }
  return "alive";
}

Json GET() { return {{"pid", ::getpid()}}; }

const Settings settings{.concurrency = 4};
