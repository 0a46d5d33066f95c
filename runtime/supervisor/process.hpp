// A child process: how it is started, learned of, and ended. The only place that starts any. Knows nothing of what
// the child is. One thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posix/account.hpp"
#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

struct Command {
  int executable = -1;                   ///< open file to execute: no path has to be readable for the account
  std::vector<std::string> arguments;    ///< argv, name first
  std::vector<std::string> environment;  ///< "NAME=value"
  std::vector<std::pair<int, int>>
      files;  ///< descriptor here -> its number there; others are closed, 0 to 2 empty
  std::string working_directory = "/";
  const posix::Account* account = nullptr;  ///< to become; nullptr: stay who we are
  bool is_first_to_die = false;             ///< where the machine runs out of memory
};

/// The exit code of a child that could not be executed, be it that a library is missing (as for a shell).
inline constexpr int not_executed = 127;
/// The same, where it was for want of what there may be a moment later.
inline constexpr int not_executed_now = 126;

/// How a process ended: "exit code 1", "signal 11 (Segmentation fault)".
struct Ending {
  int code = 0;
  int signal = 0;  ///< 0: it exited by itself
  bool is_known = true;
  bool clean() const { return is_known && code == 0 && signal == 0; }
  std::string text() const;
};

class Process {
 public:
  using OnEnd = std::function<void(Ending)>;

  /// Starts the child in a session of its own (a terminal's Ctrl-C is for us alone). `on_end` is called from
  /// the loop once it has ended, been reaped, and what it left in its process group has been killed. Throws
  /// std::system_error; where only exec fails, the child says so on its descriptor 2 and exits with not_executed.
  Process(EventLoop& loop, const Command& command, OnEnd on_end);
  /// A process that is not our child, known by its pidfd: of its end nothing is known but that it came.
  Process(EventLoop& loop, pid_t pid, posix::Fd pidfd, OnEnd on_end);
  /// Kills one that still runs, and reaps a child.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  /// The child that some thread of ours waits for until it has executed; 0: none does. Any thread.
  static pid_t being_started();
  /// To the process alone; nothing where it has ended.
  void signal(int number) const;

 private:
  void watch_end(EventLoop& loop);
  Ending reap();

  pid_t pid_ = -1;
  bool is_child_ = true;
  posix::Fd pidfd_;
  EventLoop::Watch watch_;
  OnEnd on_end_;
};

/// What of environ a function's process gets whatever it declares (PATH, TZ, TMPDIR, the locale, options of sanitizers), and
/// what of it has one of these names.
std::vector<std::string> environment_of_function(const std::vector<std::string>& names);

/// environ without the named variables, with the additions ("NAME=value") put in.
std::vector<std::string> environment_with(const std::vector<std::string>& additions,
                                          const std::vector<std::string>& without = {});

}  // namespace stile::supervisor
