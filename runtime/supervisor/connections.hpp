// The connections of one slot: all that nginx has made to its socket. The supervisor owns every one of them
// for as long as it lives; a worker borrows it. This class holds them, lends them (new ones to one worker at a time,
// while others may still have theirs), and decides what can still be used after a borrower has gone. Knows nothing
// of processes or of when to start one. One thread.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lending/control.hpp"
#include "lending/table.hpp"
#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

/// Listens on a Unix socket that is put over whatever stands at `path` (a rename: nobody ever meets a missing
/// file), with that mode and group (-1: our own). Throws Failure.
/// `type`: SOCK_STREAM, SOCK_SEQPACKET.
posix::Fd listen_on(const std::string& path, gid_t group, mode_t mode = 0660, int type = SOCK_STREAM);

/// Names a worker, for as long as the slot lives; never 0.
using Borrower = std::uint64_t;

class Connections {
 public:
  using OnDemand = std::function<void()>;
  /// Sends one message over the borrower's control socket; false where that socket is gone.
  using Send = std::function<bool(const lending::Message&, int descriptor)>;

  /// `on_demand` is called when a connection comes, or bytes on one that is watched.
  Connections(EventLoop& loop, posix::Fd listener, OnDemand on_demand);

  /// Accepts from another one from now on; what has come to the one before is taken in first.
  void listen_to(posix::Fd listener);
  int listener() const { return listener_.get(); }
  /// Called where a borrower has done something to the listener that it shares with us: it is not used any more, and
  /// listen_to() another one is to follow.
  using OnSpoilt = std::function<void()>;
  void on_spoilt(OnSpoilt action) { on_spoilt_ = std::move(action); }

  /// Lends all that are held. From now on a new one, or one that is returned, is lent as it comes, until that
  /// borrower has gone, another one follows, or stop_lending().
  void lend_to(Borrower borrower, Send send);
  void stop_lending() { send_ = nullptr; }

  /// A `returned` message of that borrower. False where it makes no sense: the borrower is faulty.
  bool take_back(Borrower borrower, const lending::Message& message);
  /// The borrower has been reaped: what it was not busy with, and what waits at a record boundary, is held
  /// again; the rest is shut down. The table is only a hint here: whoever wrote it has crashed.
  void borrower_gone(Borrower borrower);

  /// What a borrower still has. The table says what is busy, so its word is the borrower's own.
  struct Holdings {
    std::size_t all = 0;
    std::size_t abandoned = 0;  ///< nginx has hung up: nobody waits for an answer
    std::size_t unread = 0;  ///< idle, with bytes, or the end, that have been there for the borrower to see
  };
  Holdings holdings_of(Borrower borrower) const;
  /// Requests that have come and that nobody has begun to read: they wait for a thread, or for a worker.
  std::size_t unread_count() const;
  /// Called where nginx hangs up on one that is lent: its client has gone, or its time is up. Not where it is
  /// idle and has nothing to read: nginx closes what it no longer needs.
  using OnHangUp = std::function<void(Borrower)>;
  void on_hang_up(OnHangUp action) { on_hang_up_ = std::move(action); }

  /// Takes over a connection that was another supervisor's, as if it had just come. False, and it is closed, where it
  /// is none that nginx could have made, or there is no room.
  bool adopt(posix::Fd fd);

  /// Watches those that are held for bytes: on_demand follows.
  void watch_held();
  /// Shuts down those that are held and have bytes, and says that nobody has read them; watches the others.
  void drop_waiting();
  /// For a slot that comes to its end: takes what has come to the listener, and nothing from then on; shuts
  /// down what is returned. True where a request waits on a connection that is held.
  bool close();
  /// The end of all of them.
  void shut_down_all();

  int table_memory() const { return table_.memory(); }
  std::size_t open_count() const { return open_count_; }

 private:
  enum class Place : std::uint8_t { free, held, lent };
  struct Connection {
    posix::Fd fd;            // our own copy; empty where free, or where nginx has hung up while it is lent
    EventLoop::Watch watch;  // ends before fd is closed: the borrower's copy would keep it in epoll
    std::uint32_t generation = 0;  // of its last lending
    Place place = Place::free;
    Borrower borrower = 0;  // while it is lent
  };

  void accept_all();
  bool take_in_all();
  void watch_listener();
  bool is_listener_sound() const;
  void give_up_listener();
  bool make_room();
  void take_in(posix::Fd fd);
  void on_event(std::uint32_t index, std::uint32_t events);
  void lend(std::uint32_t index);
  void hold(std::uint32_t index);
  void let_go(std::uint32_t index);
  void shut_down(std::uint32_t index);
  void pause_accepting();
  lending::ConnectionId id_of(std::uint32_t index) const { return {index, connections_[index].generation}; }

  EventLoop& loop_;
  posix::Fd listener_;
  OnDemand on_demand_;
  OnHangUp on_hang_up_;
  OnSpoilt on_spoilt_;
  bool is_spoilt_ = false;
  Send send_;
  Borrower borrower_ = 0;  // whom send_ reaches
  lending::Table table_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> free_;
  std::size_t open_count_ = 0;
  bool closing_ = false;
  EventLoop::Watch listener_watch_;
  EventLoop::Timer accept_again_;
};

}  // namespace stile::supervisor
