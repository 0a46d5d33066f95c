// What is the same for all slots of a server, and their workers.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "posix/account.hpp"
#include "supervisor/crash_folder.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"

namespace stile::supervisor {

/// Borrowed by all of them.
struct SlotEnvironment {
  EventLoop& loop;
  Log& log;
  const posix::Account* account;  ///< nullptr: workers run as we do
  gid_t socket_group;
  std::string run_directory;
  std::string successor;  ///< the socket where an orphan finds the next supervisor
  std::string state_directory;
  std::string prefix;
  std::vector<std::string> variables;  ///< what Stile itself says to workers by their environment
  const CrashFolder& crashes;
  std::function<void()> on_stopped;  ///< a slot has come to its end
  bool debug = false;                ///< workers say to clients on this machine what a bug was
};

}  // namespace stile::supervisor
