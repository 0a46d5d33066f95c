#include "worker/serve.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "posix/unix_socket.hpp"
#include "worker/connections.hpp"
#include "worker/handlers.hpp"

namespace stile::worker {
namespace {

constexpr int pause_ms = 50;  // until accept() is tried again where this process has no descriptor left

sigset_t leaving_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

// Descriptor 3 where systemd gives it (sd_listen_fds(3)), 0 where the supervisor, spawn-fcgi or a web server does. What
// says so is not for a function's children: their descriptor 3 is another one.
int given_listener(Supervision supervision) {
  if (supervision == Supervision::supervised) return lending::listening_descriptor;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const bool by_systemd = variable("LISTEN_PID") == std::to_string(::getpid());
  const std::string count = variable("LISTEN_FDS");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (!by_systemd) return lending::listening_descriptor;
  if (count != "1") throw Failure("systemd has given it " + count + " sockets: a function has one");
  return 3;
}

// The listening socket, out of the way: a function's standard input is empty, and no child of it can accept.
posix::Fd take_listener(Supervision supervision) {
  const int given = given_listener(supervision);
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (::getsockopt(given, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == -1 || listens == 0) {
    throw Failure(
        "descriptor " + std::to_string(given) +
        " is no listening socket: start it with `stile serve`, spawn-fcgi or systemd, or run one request "
        "with --invoke");
  }
  posix::Fd listener(posix::check(::fcntl(given, F_DUPFD_CLOEXEC, 5), "F_DUPFD of the listener"));
  if (given != STDIN_FILENO) ::close(given);
  const posix::Fd nothing(posix::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null"));
  posix::check(::dup2(nothing.get(), STDIN_FILENO), "dup2 of /dev/null");
  // Another process that listens on the same socket may be quicker to accept.
  const int flags = posix::check(::fcntl(listener.get(), F_GETFL), "F_GETFL of the listener");
  posix::check(::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK), "F_SETFL of the listener");
  return listener;
}

// Descriptors that the supervisor gave by their numbers: not for a function's children.
posix::Fd take_descriptor(int number, const char* what) {
  posix::check(::fcntl(number, F_SETFD, FD_CLOEXEC), what);
  return posix::Fd(number);
}

class ControlThread {
 public:
  ControlThread(Supervision supervision, const Succession& succession, const Service& service,
                std::uint32_t concurrency)
      : succession_(succession),
        service_(service),
        listener_(take_listener(supervision)),
        control_(supervision == Supervision::supervised
                     ? take_descriptor(lending::control_descriptor, "the control socket (descriptor 3)")
                     : posix::Fd()),
        connections_(make_connections(control_)) {
    const sigset_t signals = leaving_signals();
    signals_.reset(posix::check(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
    posix::make_room_for_descriptors(listener_);
    handlers_.emplace(*connections_, service_, concurrency);
    if (control_) lending::send(control_.get(), {lending::Kind::ready, {}, {}});
  }

  // Its threads end first: what they run is answered, and what the function made for each of them is
  // destroyed.
  ~ControlThread() { connections_->close(); }
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  void run() {
    while (!draining_ || !connections_->empty()) step();
    give_what_waits();
  }

 private:
  static std::unique_ptr<Connections> make_connections(const posix::Fd& control) {
    if (!control) return std::make_unique<Connections>();
    auto memory = take_descriptor(lending::table_descriptor, "the connection table (descriptor 4)");
    return std::make_unique<Connections>(lending::Table::map(std::move(memory)), control.get());
  }

  void step() {
    // poll() passes by negative descriptors. While draining nothing new is taken: what waits is for the next
    // worker.
    const bool supervised = control_ && !orphaned_;
    const bool looks_for_heir = orphaned_ && !draining_ && !succession_.socket.empty();
    std::array<pollfd, 4> watched{{{signals_.get(), POLLIN, 0},
                                   {supervised && !draining_ ? control_.get() : -1, POLLIN, 0},
                                   {!supervised && !draining_ && !paused_ ? listener_.get() : -1, POLLIN, 0},
                                   {connections_->changes(), POLLIN, 0}}};
    const int count = ::poll(watched.data(), watched.size(), paused_ || looks_for_heir ? pause_ms : -1);
    if (count == -1 && errno != EINTR) posix::throw_errno("poll");
    paused_ = false;
    if (looks_for_heir && find_heir()) return hand_over();
    if (count <= 0) return;
    if (watched[3].revents != 0) connections_->forget_changes();
    if (watched[1].revents != 0) receive();
    if (watched[2].revents != 0) accept_all();
    if (watched[0].revents != 0) leave();
  }

  void receive() {
    auto receipt = lending::receive(control_.get());
    if (receipt.packet) {
      const auto& message = receipt.packet->message;
      if (message.kind == lending::Kind::drain) return drain(Connections::Unread::for_the_next);
      if (message.kind == lending::Kind::finish) return drain(Connections::Unread::answered);
      if (message.kind == lending::Kind::lend) {
        return connections_->lend(message.connection, std::move(receipt.packet->descriptor));
      }
      if (message.kind == lending::Kind::ping) return connections_->say(lending::Kind::pong);
    } else if (receipt.why_not == lending::Nothing::would_block) {
      return;
    } else if (receipt.why_not == lending::Nothing::gone) {
      orphaned_ = true;
      connections_->lose_supervisor();
      return service_.log.write(Level::warning, "-", "the supervisor is gone: this worker goes on by itself");
    }
    throw std::runtime_error("the supervisor has sent what is no message of its");
  }

  // The next supervisor, which has put sockets of its own in the place of this worker's by the time that it listens.
  bool find_heir() {
    posix::Fd heir(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!posix::connect_to(heir.get(), succession_.socket)) return false;
    if (lending::send_name(heir.get(), succession_.slot) != lending::Sent::done) return false;
    heir_ = std::move(heir);
    return true;
  }

  void hand_over() {
    service_.log.write(Level::info, "-", "there is a supervisor again: it gets the connections");
    draining_ = true;
    connections_->hand_over(heir_.get());
    give_what_waits();
  }

  // What was made to the old socket, and nobody has accepted.
  void give_what_waits() {
    if (!heir_) return;
    while (true) {
      const posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd) {
        connections_->give(fd);
      } else if (errno != EINTR && errno != ECONNABORTED) {
        return;
      }
    }
  }

  void accept_all() {
    while (true) {
      posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) {
        const bool transient =
            errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR;
        if (!transient) paused_ = true;  // no descriptor or memory left: asking again at once would spin
        return;
      }
      if (!connections_->adopt(fd)) {
        paused_ = true;
        return;  // closes it: the peer may try elsewhere
      }
    }
  }

  void leave() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    }
    drain(Connections::Unread::for_the_next);
  }

  void drain(Connections::Unread unread) {
    if (draining_) return;
    draining_ = true;
    connections_->drain(unread);
    // What is not given back by now was busy: all that begins from now on goes to somebody else.
    if (control_ && !orphaned_) connections_->say(lending::Kind::leaving);
  }

  const Succession& succession_;
  const Service& service_;
  posix::Fd listener_;
  posix::Fd control_;
  posix::Fd heir_;  // the supervisor after the one that has died
  posix::Fd signals_;
  std::unique_ptr<Connections> connections_;
  std::optional<Handlers> handlers_;
  bool draining_ = false;
  bool orphaned_ = false;
  bool paused_ = false;
};

}  // namespace

void block_signals() {
  const sigset_t signals = leaving_signals();
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0) {
    errno = error;
    posix::throw_errno("pthread_sigmask");
  }
}

void serve(Supervision supervision, const Succession& succession, const Service& service,
           std::uint32_t concurrency) {
  ControlThread(supervision, succession, service, concurrency).run();
}

}  // namespace stile::worker
