// A worker and all that is its alone: process, control socket, counters, recorder, output; gone as a whole. Starts it,
// carries messages, and says how it ended. What it is told, and when, is the slot's (slot_runner.cpp). One thread.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lending/control.hpp"
#include "lending/counters.hpp"
#include "lending/recorder.hpp"
#include "posix/fd.hpp"
#include "supervisor/connections.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log_pipe.hpp"
#include "supervisor/process.hpp"
#include "supervisor/revision.hpp"
#include "supervisor/slot_environment.hpp"

namespace stile::supervisor {

class Worker {
 public:
  /// What it gets of its slot; borrowed while it is started.
  struct Place {
    int listener;
    int table_memory;
    std::string label;
  };
  /// False: the message makes no sense, and the worker is broken off.
  using OnMessage = std::function<bool(Worker&, const lending::Message&)>;
  using OnExit = std::function<void(Worker&, Ending)>;

  /// Starts it. `environment` is borrowed. Throws std::system_error where there are no descriptors, no memory or no
  /// process for it.
  Worker(const SlotEnvironment& environment, Borrower id, std::shared_ptr<const Revision> revision,
         const Place& place, OnMessage on_message, OnExit on_exit);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Borrower id() const { return id_; }
  pid_t pid() const { return pid_; }
  const std::shared_ptr<const Revision>& revision() const { return revision_; }
  const std::string& name() const { return revision_->function.manifest.name; }
  Clock::time_point started() const { return started_; }
  /// The file of its counters; empty where there is none.
  const std::string& counters_path() const { return counters_path_; }
  /// Its own word; nothing where it counts nowhere.
  std::optional<lending::Counts> counts() const;
  /// The calls that run, and where it has crashed; its own word.
  lending::Recording recording() const {
    return lending::read_recorder(recorder_.get(), revision_->function.manifest.secret_parameters);
  }
  std::string last_line() const { return output_.last_line(); }

  /// False where its control socket is gone: its end will be reported. `descriptor`: -1, or copied where it has to wait.
  bool send(const lending::Message& message, int descriptor = -1);
  /// All that it has said and printed, where it has ended.
  void hear_the_rest();
  /// It is of no use any more: says so, with why ("does not leave"), and kills it.
  void break_off(const char* why);
  /// Why it was broken off; nullptr where it was not.
  const char* why_broken_off() const { return why_broken_off_; }
  void kill() const { process_->signal(SIGKILL); }
  /// One line to the log, with the requests that ran, and where; keeps those that it may have died of.
  void say_crash(const std::string& text, int signal) const;

  // What its slot notes of it.
  bool is_ready = false;
  bool is_told_to_leave = false;
  bool is_leaving = false;                           // it has said so
  EventLoop::Timer answer_timer{};                   // until it has said pong, or leaving
  EventLoop::Timer look_timer{};                     // what it has been left with is looked at
  EventLoop::Timer stop_timer{};                     // since it was stopped by a signal
  EventLoop::Timer leave_timer{};                    // until it has to be gone
  std::optional<Clock::time_point> abandoned_since;  // it has had requests since then that nobody waits for
  unsigned unread_looks = 0;        // how often in a row it had left requests unread, and begun none
  std::uint64_t begun_at_look = 0;  // what it had begun by then

 private:
  Command command(const Place& place, int control) const;
  void make_counters(const std::string& label);
  void name_counters();
  void on_control(std::uint32_t events);
  void receive(int most);
  void flush();
  void hang_up();

  const SlotEnvironment& environment_;
  Borrower id_;
  std::shared_ptr<const Revision> revision_;
  OnMessage on_message_;
  Clock::time_point started_ = Clock::now();
  posix::Fd control_;
  EventLoop::Watch control_watch_;
  LogPipe output_;
  posix::Fd counters_;
  std::string counters_path_;
  posix::Fd recorder_;
  // Messages that did not fit the socket's queue; their descriptors are copies of ours.
  struct Outgoing {
    lending::Message message;
    posix::Fd descriptor;
  };
  std::deque<Outgoing> outgoing_;
  const char* why_broken_off_ = nullptr;
  std::unique_ptr<Process> process_;
  pid_t pid_ = -1;  // for the log: it is another's once the process has been reaped
};

}  // namespace stile::supervisor
