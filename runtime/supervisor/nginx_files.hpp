// The two files for an nginx of somebody else's: kept as they should be, and a command that is run where they have
// changed. Knows neither what they say nor that nginx. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "posix/account.hpp"
#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"
#include "supervisor/log_pipe.hpp"
#include "supervisor/process.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::supervisor {

class NginxFiles {
 public:
  /// Makes the folder, which stays locked, and writes a file only where it is not there with that text. Throws
  /// Failure: the folder is another server's, others may write it, it can't be written.
  NginxFiles(EventLoop& loop, Log& log, const SharedNginx& nginx,
             const std::optional<posix::Account>& account);

  /// Runs the command, as who we are, where a file has changed since it last ended with 0. `on_end` follows once
  /// it has ended, however it did, or at once.
  void announce(std::function<void()> on_end);

 private:
  std::string file(const std::string& name) const { return nginx_.folder + "/" + name; }
  void update(const std::string& name, const std::string& text) const;
  void run_command();
  void on_exit(Ending ending);

  EventLoop& loop_;
  Log& log_;
  const SharedNginx& nginx_;
  posix::Fd lock_;
  std::function<void()> on_end_;
  std::unique_ptr<LogPipe> output_;
  std::unique_ptr<Process> command_;
  EventLoop::Timer limit_;
  bool timed_out_ = false;
};

}  // namespace stile::supervisor
