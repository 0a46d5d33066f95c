// The connections that this worker serves: those that its supervisor lends, and those that it has accepted by
// itself. Sees to it that one thread at a time reads from each, and that none is left behind on the way out.
// Knows nothing of requests. Two kinds of threads: one control thread (lend, adopt, drain, ...), and handler
// threads (next, claim, ...).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "lending/control.hpp"
#include "lending/table.hpp"
#include "posix/fd.hpp"

namespace stile::worker {

class Connections {
 public:
  /// With a supervisor: its table, and the control socket (borrowed) over which returned ones are reported.
  /// Throws std::system_error.
  Connections(lending::Table shared, int control);
  /// Without one.
  Connections();

  // ---- for the control thread ----

  /// Serves a connection that was lent. Where its descriptor is missing it goes back at once. Throws
  /// std::runtime_error where the number is beyond the table or in use.
  void lend(lending::ConnectionId id, posix::Fd fd);
  /// Serves a connection that this worker accepted. False, and `fd` untouched, where there is no room.
  bool adopt(posix::Fd& fd);
  /// Says a word without arguments to the supervisor, behind what was returned before.
  void say(lending::Kind kind) const { tell({kind, {}, {}}); }
  /// The supervisor is gone: nobody will lend what this worker gives back.
  void lose_supervisor() { orphaned_ = true; }
  /// What becomes of bytes that have come in on an idle connection when it is given back.
  enum class Unread : std::uint8_t { for_the_next, answered };
  /// Gives every connection back: idle ones now, busy ones as they are answered. With Unread::answered an
  /// idle one with bytes counts as busy, and each is at its end for the peer as it is given back.
  void drain(Unread unread = Unread::for_the_next);
  /// As drain(), but each goes to whoever is at the other end of that control socket, which is borrowed.
  void hand_over(int heir);
  /// One that is not served here goes there too.
  void give(const posix::Fd& fd) const;
  /// None is left.
  bool empty() const { return open_ == 0; }
  /// Readable while draining, each time one has gone; forget_changes() makes it quiet again.
  int changes() const { return changes_.get(); }
  void forget_changes();
  /// Every handler thread's next() returns nothing from now on.
  void close();

  // ---- for handler threads ----

  struct Event {
    lending::ConnectionId id;
    bool hung_up;  ///< the peer has closed it: whatever it sent, there is nobody to answer
  };
  /// Waits for a connection that has something to read. Nothing: the worker ends.
  std::optional<Event> next();
  /// The descriptor, to be read from by the caller alone; -1 where somebody else has it, or it is gone.
  int claim(lending::ConnectionId id);
  /// The caller is done with a request. True: it must not touch the connection any more. False: more has
  /// come, and the caller still holds it.
  bool let_go(lending::ConnectionId id);
  /// The caller is done with the connection.
  void end(lending::ConnectionId id);

 private:
  Connections(std::optional<lending::Table> shared, int control);
  bool is_own(lending::ConnectionId id) const { return id.index >= shared_size_; }
  // Numbers of own connections follow those of the table that is shared.
  lending::Table& table_of(lending::ConnectionId& id);
  bool watch(lending::ConnectionId id, int fd, int operation) const;
  void serve(lending::ConnectionId id, posix::Fd fd);
  void release(lending::ConnectionId id);
  void give_back(lending::ConnectionId id);
  bool is_to_be_answered(std::uint32_t index) const;
  // Somebody else borrows it when this worker has given it back, and finds its bytes.
  bool is_for_the_next(lending::ConnectionId id) const;
  void retire(lending::ConnectionId id, lending::State state, lending::Fate fate);
  void tell(const lending::Message& message) const;
  static bool send_waiting(int socket, const lending::Message& message, int descriptor);

  std::optional<lending::Table> shared_;
  int control_;
  std::uint32_t shared_size_;
  lending::Table own_;
  posix::Fd epoll_;
  posix::Fd changes_;
  posix::Fd closing_;
  std::vector<std::atomic<int>> fds_;  // by number; read by whoever has claimed it, -1 where there is none
  std::vector<std::uint32_t> generations_;  // the control thread's
  std::mutex free_mutex_;
  std::vector<std::uint32_t> free_;  // own numbers
  std::atomic<int> open_{0};
  std::atomic<bool> draining_{false};
  std::atomic<bool> answers_unread_{false};  // set before draining_
  std::atomic<bool> orphaned_{false};
  std::atomic<int> heir_{-1};
};

}  // namespace stile::worker
