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
  /// Makes the folder, which stays locked. Throws Failure: it is another server's, others may write it.
  NginxFiles(EventLoop& loop, Log& log, const SharedNginx& nginx,
             const std::optional<posix::Account>& account);

  /// Writes a file only where it is not there with that text; announce() is to follow. Throws Failure.
  void write(const NginxFileTexts& texts) const;

  /// Runs the command, as who we are, where a file has changed since it last ended with 0. `on_end` follows once
  /// it has ended, with a line for a person where that was not with 0, or at once. One at a time.
  using OnEnd = std::function<void(std::optional<std::string> failure)>;
  void announce(OnEnd on_end);

 private:
  std::string file(const std::string& name) const { return nginx_.folder + "/" + name; }
  void update(const std::string& name, const std::string& text) const;
  void run_command();
  void on_exit(Ending ending);

  EventLoop& loop_;
  Log& log_;
  const SharedNginx& nginx_;
  posix::Fd lock_;
  OnEnd on_end_;
  std::unique_ptr<LogPipe> output_;
  std::unique_ptr<Process> command_;
  EventLoop::Timer limit_;
  bool timed_out_ = false;
};

}  // namespace stile::supervisor
