// What changes the functions that are served (a reload, a rollback) waits here for its turn, one after the other, and whoever
// asked for it is answered at its end. Knows no change. One thread.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/control_socket.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/functions.hpp"
#include "supervisor/log.hpp"

namespace stile::supervisor {

/// What a change has come to, for a person: "replaced hello, todos; added x".
std::string summary(const Outcome& outcome);
/// What has failed, and what has not; nothing where all of it is served.
std::optional<std::string> failure_of(const Outcome& outcome);
/// What the control socket answers.
std::string answer_of(const std::optional<std::string>& failure, const std::string& message);

class ChangeQueue {
 public:
  using Change = std::function<void(Functions::OnDone)>;

  ChangeQueue(EventLoop& loop, Log& log, Change reload);

  /// A reload. Those that are asked for while one waits for its turn are one.
  void reload(ControlSocket::Answer answer);
  /// One that nobody has asked for: nothing is said where nothing has changed.
  void reload();
  void add(Change change, ControlSocket::Answer answer);

  /// Nothing is changed before.
  void start();
  /// Nothing is changed from now on, but for what is under way.
  void stop();

 private:
  struct Entry {
    Change change;
    std::vector<ControlSocket::Answer> answers;  // to whoever waits for it
    bool is_reload;
    bool was_asked_for;
  };
  Entry& last_reload();
  void next();
  void perform(const Entry& entry);

  EventLoop& loop_;
  Log& log_;
  Change reload_;
  std::deque<Entry> entries_;  // that wait
  bool is_open_ = false;
  bool is_changing_ = false;
  EventLoop::Timer turn_;
};

}  // namespace stile::supervisor
