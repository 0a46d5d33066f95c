// `stile serve` as its user starts it, on a free port, in a run directory of its own: the supervisor, nginx
// and the functions are the real ones. Ended, with all processes that belong to it, with its object. One
// thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

struct ServedOptions {
  std::vector<std::string> arguments{};  ///< further ones of `stile serve`
  ProcessOptions process{};
  std::string program = STILE_BINARY_DIR "/bin/stile";
  bool own_nginx = true;        ///< false: with --no-nginx, and no port is known
  std::uint16_t port = 0;       ///< 0: any free one
  std::string run_directory{};  ///< empty: one that goes away with the object
};

class ServedProject {
 public:
  using Options = ServedOptions;

  /// Waits for the line that says "ready: http://127.0.0.1:PORT" (or https; without nginx: "ready: "). Throws std::runtime_error, with all that
  /// was written, where it does not come.
  explicit ServedProject(const Options& options = {});
  /// SIGTERM, then, after a deadline, SIGKILL for every process that is left.
  ~ServedProject();

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT", or https as the ready line says, and the path.
  std::string url(const std::string& path) const;
  const std::string& run_directory() const { return run_directory_; }
  std::string state_directory() const { return run_directory_ + "/state"; }
  const Process& process() const { return *process_; }

  /// SIGTERM and the exit that follows, waited for; throws std::runtime_error where none does.
  Exit stop();
  /// What was written to standard output so far: the endpoints, the ready line and the log.
  std::string log() const { return process_->text(Stream::out); }
  /// The first log line in which `part` stands, waited for.
  std::string wait_for_log(const std::string& part, std::chrono::milliseconds within = patience) const;

  /// Sends a line to its control socket, and returns the JSON that comes back. Throws std::runtime_error where nobody listens.
  std::string ask(const std::string& line) const;

  /// All processes that belong to this run directory now, the supervisor first.
  std::vector<pid_t> processes() const;
  /// Those of them whose name (/proc/PID/comm) is this one: "nginx", or a function's.
  std::vector<pid_t> processes(const std::string& name) const;

 private:
  void end_all() const;

  TemporaryDirectory directory_;
  std::string run_directory_;
  std::optional<Process> process_;
  std::string origin_;
  std::uint16_t port_ = 0;
};

/// All processes that name `directory` in their command line or environment, and their descendants, without
/// those that have ended.
std::vector<pid_t> processes_of(const std::string& directory);

/// Returns once all of its threads sleep: a worker lets go of a connection only after its answer has arrived, and what is
/// done to it before that moment is done to a busy one. Throws std::runtime_error where they don't in time.
void wait_until_asleep(pid_t pid);

/// Stops it by SIGSTOP. Returns once all of its threads stand still, which is later than the signal is sent: until
/// then one may still take up a request. Throws std::runtime_error where they don't in time.
void stop_by_signal(pid_t pid);

}  // namespace stile::test
