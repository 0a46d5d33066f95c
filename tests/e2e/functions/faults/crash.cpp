// Ends its process in the way that is asked for.
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stile/function.hpp>

using namespace stile;

void POST(Query<"how"> how, Query<"pin", std::string, "", secret>) {
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
  if (*how == "flood") {  // what the supervisor is told over descriptor 3, over and over
    const std::uint32_t ready[] = {3, 0, 0, 0};
    while (true) static_cast<void>(::write(3, ready, sizeof(ready)) == -1);
  }
  if (*how == "twice") ::fork();  // and both come back
}

Json GET() { return "up"; }
