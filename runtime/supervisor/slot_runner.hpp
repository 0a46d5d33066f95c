// One slot at work: its socket, its connections, its worker. Does what the state machine (slot.hpp) says. One
// thread.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "manifest/deployment.hpp"
#include "posix/account.hpp"
#include "posix/fd.hpp"
#include "supervisor/connections.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"
#include "supervisor/log_pipe.hpp"
#include "supervisor/process.hpp"
#include "supervisor/slot.hpp"

namespace stile::supervisor {

/// What is the same for all slots of a server. Borrowed by them.
struct SlotEnvironment {
  EventLoop& loop;
  Log& log;
  const posix::Account* account;  ///< nullptr: workers run as we do
  gid_t socket_group;
  std::string state_directory;
  std::string prefix;
  std::vector<std::string> variables;  ///< the workers' environment
  std::function<void()> on_stopped;    ///< a slot has come to its end
};

class SlotRunner {
 public:
  /// `executable` is open for reading and borrowed. Listens at once; starts nothing. Throws Failure.
  SlotRunner(const SlotEnvironment& environment, const DeployedFunction& function, std::string socket,
             int executable);
  ~SlotRunner();
  SlotRunner(const SlotRunner&) = delete;
  SlotRunner& operator=(const SlotRunner&) = delete;

  /// Takes no new connection, lets the worker answer what has come in, then ends it and all connections.
  /// on_stopped follows, perhaps at once.
  void stop();
  /// Ends the worker now.
  void kill();
  bool stopped() const { return slot_.state() == SlotState::stopped; }

 private:
  // A worker and what belongs to it alone; gone as a whole.
  struct Worker {
    bool is_ready = false;
    posix::Fd control;
    EventLoop::Watch control_watch;
    LogPipe output;
    // Messages that did not fit the socket's queue; their descriptors are copies of ours.
    struct Outgoing {
      lending::Message message;
      posix::Fd descriptor;
    };
    std::deque<Outgoing> outgoing;
    std::unique_ptr<Process> process;

    Worker(EventLoop& loop, Log& log, const std::string& name) : output(loop, log, name, Wording::records) {}
  };

  void handle(SlotEvent event);
  void act(SlotAction action);
  void start_worker();
  Command worker_command(int control, int listening) const;
  bool send(const lending::Message& message, int descriptor);
  void on_control(std::uint32_t events);
  void receive(int most);
  void stop_hearing();
  void flush_outgoing();
  void on_exit(Ending ending);
  void end_if_stopped();

  const SlotEnvironment& environment_;
  const DeployedFunction& function_;
  std::string socket_;
  int executable_;
  Slot slot_;
  posix::Fd listener_;
  Connections connections_;
  EventLoop::Timer timer_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace stile::supervisor
