// One slot at work: its socket, its connections, its workers. Does what the state machine (slot.hpp) says. One
// thread.
#pragma once

#include <fmt/core.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/connections.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/revision.hpp"
#include "supervisor/slot.hpp"
#include "supervisor/slot_environment.hpp"
#include "supervisor/slot_socket.hpp"
#include "supervisor/worker.hpp"

namespace stile::supervisor {

/// What a slot is doing, for a person.
struct SlotStatus {
  SlotState state = SlotState::cold;
  pid_t pid = 0;         ///< of the worker that serves; 0: none does
  std::string counters;  ///< the file of its counters; empty: it has none
  std::vector<pid_t> leaving;
  std::uint64_t waiting = 0;   ///< requests that no worker has begun to read
  std::uint64_t restarts = 0;  ///< workers that came up after the first one
  std::uint64_t crashes = 0;
  std::string last_crash;             ///< one line; empty: there was none
  std::uint64_t answered_before = 0;  ///< by workers that have ended
  std::uint64_t failed_before = 0;
};

class SlotRunner {
 public:
  /// Listens at once; starts nothing but where the revision wants this instance to be there always. Throws
  /// Failure.
  SlotRunner(const SlotEnvironment& environment, std::shared_ptr<const Revision> revision, std::string socket,
             std::uint32_t instance);
  ~SlotRunner();
  SlotRunner(const SlotRunner&) = delete;
  SlotRunner& operator=(const SlotRunner&) = delete;

  /// Serves another revision: where its workers run the same, at once, else as soon as one of them has come up.
  /// Trial::always: one has to come up in any case, be it that nobody asks for it.
  /// `done` follows, once: without a failure when no request that begins from then on is answered by another
  /// revision's worker; with one, a line for a person, where it does not come up: then all is as before.
  using OnRenewed = std::function<void(std::optional<std::string> failure)>;
  enum class Trial : std::uint8_t { of_what_differs, always };
  void renew(std::shared_ptr<const Revision> revision, Trial trial, OnRenewed done);

  /// A worker of the supervisor before this one says that it has connections of this slot: somebody has to take its
  /// place.
  void expect_orphan() { handle(SlotEvent::demand); }
  void adopt(posix::Fd connection) { connections_.adopt(std::move(connection)); }

  /// Where somebody has deleted its socket, puts another one in its place. Throws Failure where that can't be.
  void restore_socket();

  /// Takes no new connection, lets the worker answer what has come in, then ends it and all connections.
  /// on_stopped follows, perhaps at once.
  void stop();
  /// Ends the workers now.
  void kill();
  /// A child has been stopped by a signal: where it is one of ours, it goes on soon or not at all.
  void on_child_stopped(pid_t pid);
  void on_child_continued(pid_t pid);

  bool stopped() const { return slot_.state() == SlotState::stopped; }
  /// "todos.id@0": names it, and the files of its workers.
  std::string label() const { return fmt::format("{}@{}", revision_->function.id, instance_); }
  const std::string& socket() const { return socket_.path(); }
  SlotStatus status() const;

 private:
  struct Renewal {
    std::shared_ptr<const Revision> revision;
    OnRenewed done;
  };

  void handle(SlotEvent event);
  void act(SlotAction action);
  void start_worker();
  bool lend(Worker& worker, const lending::Message& message, int descriptor);
  void expect_answer(Worker& worker);
  bool hear(Worker& worker, const lending::Message& message);
  void on_exit(Worker& worker, Ending ending);
  SlotEvent meaning_of_end(const Worker& worker, Ending ending) const;
  void say_end(const Worker& worker, Ending ending);
  enum class Overdue : std::uint8_t { none, some, all };
  Overdue overdue_requests(const Worker& worker) const;
  std::unique_ptr<Worker> take(const Worker& worker);
  void serve_with_starting();
  void recycle(const Worker& worker, const char* why);
  void let_serving_leave(lending::Kind kind);
  void listen_anew();
  void begin_refusing();
  void end_refusing();
  bool is_refusing() const {
    return slot_.state() == SlotState::backing_off || slot_.state() == SlotState::broken;
  }
  bool is_stopping() const { return slot_.state() == SlotState::draining || stopped(); }
  void check_renewal();
  void fail_renewal(const std::string& why);
  void look_after_idleness();
  void on_hang_up(Borrower borrower);
  void look_at(Worker& worker);
  Worker* find(Borrower borrower);
  template <class Action>
  void for_each_worker(Action action) const;
  bool is_kept_warm() const { return instance_ < revision_->function.limits.min_instances; }
  const std::string& name() const { return revision_->function.manifest.name; }

  const SlotEnvironment& environment_;
  std::shared_ptr<const Revision> revision_;   // what is served
  std::shared_ptr<const Revision> candidate_;  // what is to be served once it has come up
  SlotSocket socket_;
  std::uint32_t instance_;
  Slot slot_;
  Connections connections_;
  EventLoop::Timer timer_;
  EventLoop::Timer idle_timer_;
  EventLoop::Timer recycle_timer_;
  EventLoop::Timer start_failure_;
  EventLoop::Timer open_timer_;
  EventLoop::Timer listen_again_;
  std::unique_ptr<Worker> starting_;
  std::unique_ptr<Worker> serving_;
  std::list<std::unique_ptr<Worker>> leaving_;
  Borrower next_borrower_ = 1;
  std::optional<Renewal> renewal_;
  std::string failure_;  // of the start that has failed last
  std::uint64_t starts_ = 0;
  Clock::time_point serving_since_;
  std::uint64_t crashes_ = 0;
  std::string last_crash_;
  std::uint64_t answered_before_ = 0;
  std::uint64_t failed_before_ = 0;
};

}  // namespace stile::supervisor
