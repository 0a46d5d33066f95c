// Leaves a child behind, which holds copies of all descriptors for as long as its parent lives.
#include <sys/prctl.h>
#include <unistd.h>
#include <csignal>
#include <stile/function.hpp>

using namespace stile;

Json POST() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  return {{"child", child}};
}
