// Worker processes as the tests meet them: alone on a listening socket, or borrowing connections from a
// supervisor whose part the test plays, over the real control socket and the real table. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lending/control.hpp"
#include "lending/recorder.hpp"
#include "lending/table.hpp"
#include "posix/fd.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "worker/fastcgi_client.hpp"

namespace stile::test {

/// The worker of tests/worker/functions/NAME.cpp.
std::string worker_program(const std::string& name);

/// A Unix socket that listens below a directory of its own.
class UnixListener {
 public:
  UnixListener();
  int fd() const { return socket_.get(); }
  const std::string& path() const { return path_; }
  /// Waits for a connection. Throws where the time is up.
  posix::Fd accept() const;
  /// Somebody has connected and was not accepted yet.
  bool has_pending() const;

 private:
  TemporaryDirectory directory_;
  std::string path_;
  posix::Fd socket_;
};

class LoneWorker {
 public:
  explicit LoneWorker(const std::string& function, std::vector<std::string> arguments = {});
  FastCgiConnection connect() const { return FastCgiConnection(listener_.path()); }
  const Process& process() const { return process_; }
  /// SIGTERM, and how it ended. Throws where it does not end in time.
  Exit stop() const;

 private:
  UnixListener listener_;
  Process process_;
};

/// A connection that the test lends: the test has both the web server's end and the supervisor's copy of the
/// other.
struct LentConnection {
  lending::ConnectionId id;
  FastCgiConnection client;
  posix::Fd copy;
};

/// What lives longer than a worker: the slot's table and connections.
class FakeSlot {
 public:
  FakeSlot() : table_(lending::Table::create(64)) {}
  LentConnection connect();
  lending::Table& table() { return table_; }
  const UnixListener& listener() const { return listener_; }
  lending::State state(lending::ConnectionId id) const { return table_.load(id.index).state(); }

 private:
  lending::Table table_;
  UnixListener listener_;
  std::uint32_t next_ = 0;
};

class BorrowingWorker {
 public:
  /// Waits until it says that it is ready. `below`: the command of a tool that runs it.
  BorrowingWorker(FakeSlot& slot, const std::string& function, std::vector<std::string> arguments = {},
                  const std::vector<std::string>& below = {});
  /// Under the next generation of its id.
  void lend(LentConnection& connection);
  void drain() const;
  /// The next message; throws where the time is up or the worker is gone.
  lending::Message receive() const;
  /// The supervisor dies, as its end of the control socket would.
  void lose_supervisor() { control_.reset(); }
  int control() const { return control_.get(); }
  const Process& process() const { return *process_; }
  /// What its recorder tells.
  lending::Recording recording() const { return lending::read_recorder(recorder_.get()); }
  /// Waits for its end. Throws where it does not end in time.
  Exit wait() const;

 private:
  FakeSlot& slot_;
  posix::Fd control_;
  posix::Fd recorder_ = lending::create_recorder(8);
  std::optional<Process> process_;
};

/// Requests that run until they are let through (functions/gate.cpp).
class Gate {
 public:
  CgiRequest request() const { return {.uri = "/api/gate", .more = {{"HTTP_X_GATE", listener_.path()}}}; }
  /// Waits until one more request runs. Throws where the time is up.
  void await_arrival() { waiting_.push_back(listener_.accept()); }
  /// Lets the one through that came first.
  void open_one();
  bool has_more_arrivals() const { return listener_.has_pending(); }

 private:
  UnixListener listener_;
  std::vector<posix::Fd> waiting_;
};

/// Threads of a worker, from /proc.
int thread_count(pid_t pid);
/// Its descriptors, from there too.
std::size_t open_descriptors(pid_t pid);

}  // namespace stile::test
