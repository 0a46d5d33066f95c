#include "supervisor/init_process.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "posix/error.hpp"

namespace stile::supervisor {
namespace {

// All that have ended by now; the exit code of `server` where it is one of them.
std::optional<int> reap_all(pid_t server) {
  std::optional<int> code;
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == server) code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return code;
}

// Signals are blocked, and so wait for us: nothing runs in a handler, and none is lost as process 1 would lose it.
int be_init(pid_t server, const sigset_t& signals) {
  while (true) {
    // First of all, too: what this process was before its exec may have left some behind, whose signal is long gone.
    if (const auto code = reap_all(server)) return *code;
    const int number = ::sigwaitinfo(&signals, nullptr);
    if (number == -1 && errno == EINTR) continue;
    if (posix::check(number, "sigwaitinfo") != SIGCHLD) ::kill(server, number);
  }
}

}  // namespace

int run_below_init(const std::function<int()>& server) {
  if (::getpid() != 1) return server();
  ::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, it would hide how the child ended
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = posix::check(::fork(), "fork");
  if (child != 0) return be_init(child, all);
  ::setsid();
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return server();
}

}  // namespace stile::supervisor
