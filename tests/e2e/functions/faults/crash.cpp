// Ends its process in the way that is asked for.
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stile/function.hpp>

using namespace stile;

void POST(Query<"how"> how) {
  if (*how == "segv") ::raise(SIGSEGV);
  if (*how == "abort") std::abort();
  if (*how == "terminate") std::terminate();
  if (*how == "exit") ::_exit(3);
  if (*how == "fork") {  // a child that outlives it, with copies of all descriptors
    if (::fork() == 0) {
      ::pause();
      ::_exit(0);
    }
    ::raise(SIGKILL);
  }
}

Json GET() { return "up"; }
