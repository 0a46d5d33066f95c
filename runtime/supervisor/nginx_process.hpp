// nginx as a child: checked, started, restarted when it dies, drained. It is given the listening socket, so a
// port in use is our own error and no client ever meets a port that is not open yet. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"
#include "supervisor/log_pipe.hpp"
#include "supervisor/process.hpp"

namespace stile::supervisor {

/// Listens on a TCP address; port 0 takes a free one. Throws Failure (in use, not permitted, not an address).
posix::Fd listen_on_port(const std::string& address, std::uint16_t port);
/// The port that a socket listens on.
std::uint16_t port_of(int listener);

/// The nginx of a supervisor that has died: it serves on.
struct RunningNginx {
  pid_t pid;
  posix::Fd pidfd;
  posix::Fd listener;  ///< a copy of its own
};

/// Where nginx's files are, all in the run directory.
struct NginxPlaces {
  std::string configuration;
  std::string pid_file;
  std::string health_socket;  ///< what it listens on besides, and makes itself
  std::string access_log;     ///< FIFOs, so that the next supervisor hears it too
  std::string error_log;
};

/// The nginx that was left behind with these places and listens on that address, and on that port unless it is 0. One
/// that does not, or whose socket can't be had (pidfd_getfd(2)), is ended. Blocks for some seconds at most.
std::optional<RunningNginx> find_running_nginx(const NginxPlaces& places, const std::string& address,
                                               std::uint16_t port);

class NginxProcess {
 public:
  /// Finds nginx and lets it check the configuration, unless one runs already. Throws Failure with nginx's own first
  /// complaint.
  NginxProcess(EventLoop& loop, Log& log, NginxPlaces places, int listener,
               std::optional<RunningNginx> running);

  void start();
  /// Checks what stands in places.configuration + ".next", puts it in place and lets nginx take it up. `done` follows once
  /// no worker of nginx's that has read another configuration takes a connection any more; with a line for a person
  /// where nginx refuses it, or does not answer: then it goes on with what it had.
  using OnDone = std::function<void(std::optional<std::string> failure)>;
  void reload(OnDone done);
  /// nginx answers what it has begun, then ends; `on_end` follows.
  void quit(std::function<void()> on_end);
  void kill();
  pid_t pid() const { return process_ ? process_->pid() : 0; }

 private:
  // What a check of nginx's is about, until it has ended.
  struct Check {
    posix::Fd reader;
    EventLoop::Watch watch;
    std::string output;
    std::unique_ptr<Process> process;
  };
  void check(const std::string& file, OnDone done);
  void read_output();
  void on_checked(Ending ending, const OnDone& done);
  void take_up(OnDone done);
  void wait_for_workers(std::vector<pid_t> before, Clock::time_point deadline, OnDone done);
  void on_exit(Ending ending);

  EventLoop& loop_;
  Log& log_;
  NginxPlaces places_;
  int listener_;
  std::optional<RunningNginx> running_;  // until start()
  posix::Fd executable_;
  std::unique_ptr<Check> check_;
  std::unique_ptr<LogPipe> access_log_;
  std::unique_ptr<LogPipe> error_log_;
  std::unique_ptr<Process> process_;
  std::function<void()> on_end_;
  EventLoop::Timer restart_;
  EventLoop::Timer wait_;
};

}  // namespace stile::supervisor
