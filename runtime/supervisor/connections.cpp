#include "supervisor/connections.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "posix/failure.hpp"
#include "posix/unix_socket.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;
using lending::Fate;
using lending::Kind;
using lending::State;

namespace {

// Words cost 8 bytes each, and pages that are never touched nothing: plenty for any bound that nginx keeps.
constexpr std::uint32_t most_connections = 4096;
constexpr std::uint32_t while_held = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
constexpr std::uint32_t while_lent = EPOLLRDHUP | EPOLLONESHOT;

// What waits on a connection whose borrower has crashed.
enum class Waiting { nothing, whole_request, other, end };

// A FastCGI record header and a BEGIN_REQUEST body (FastCGI 1.0, section 5.1): version 1, type 1, length 8.
using Start = std::array<unsigned char, 16>;

Waiting what_waits(int fd, Start& start) {
  const auto size = ::recv(fd, start.data(), start.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Waiting::nothing;
  if (size == 0) return Waiting::end;
  const bool begins = size == 16 && start[0] == 1 && start[1] == 1 && start[4] == 0 && start[5] == 8;
  return begins ? Waiting::whole_request : Waiting::other;
}

Waiting what_waits(int fd) {
  Start start{};
  return what_waits(fd, start);
}

// An empty STDERR record (section 5.3), and no answer: of a request that nobody has read. nginx knows it by its size
// (again.conf); of one that has ended its process nothing comes.
void say_unread(int fd) {
  Start start{};
  if (what_waits(fd, start) != Waiting::whole_request) return;
  const std::array<unsigned char, 8> record{1, 7, start[2], start[3], 0, 0, 0, 0};
  static_cast<void>(::send(fd, record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace

posix::Fd listen_on(const std::string& path, gid_t group, mode_t mode, int type) {
  const auto fail = [&](const char* step) {
    return Failure(fmt::format("cannot {} the socket {}: {}", step, path, std::strerror(errno)));
  };
  // No longer than the path itself, whatever its name: one is put in place before the next is made.
  const std::string fresh = path.substr(0, path.rfind('/') + 1) + "~";
  const auto address = posix::unix_address(fresh);
  if (!address || !posix::unix_address(path))
    throw Failure(fmt::format("the socket path {} is too long: choose a shorter --run-dir", path));
  posix::Fd listener(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) throw fail("make");
  ::unlink(fresh.c_str());
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == -1)
    throw fail("bind");
  if (::chown(fresh.c_str(), static_cast<uid_t>(-1), group) == -1 || ::chmod(fresh.c_str(), mode) == -1) {
    throw fail("set the owner of");
  }
  if (::listen(listener.get(), 4096) == -1) throw fail("listen on");
  if (::rename(fresh.c_str(), path.c_str()) == -1) throw fail("put in place");
  return listener;
}

Connections::Connections(EventLoop& loop, posix::Fd listener, OnDemand on_demand)
    : loop_(loop),
      listener_(std::move(listener)),
      on_demand_(std::move(on_demand)),
      table_(lending::Table::create(most_connections)) {
  watch_listener();
}

void Connections::watch_listener() {
  listener_watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t events) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) return give_up_listener();  // shutdown()
    accept_all();
  });
}

// The flag is the borrowers' too: without it accept() would wait.
bool Connections::is_listener_sound() const { return (::fcntl(listener_.get(), F_GETFL) & O_NONBLOCK) != 0; }

void Connections::give_up_listener() {
  is_spoilt_ = true;
  listener_watch_ = {};
  if (on_spoilt_) on_spoilt_();
}

void Connections::listen_to(posix::Fd listener) {
  const bool accepted = take_in_all();
  accept_again_ = {};
  listener_watch_ = {};
  listener_ = std::move(listener);
  is_spoilt_ = false;
  watch_listener();
  if (accepted && !send_) on_demand_();  // who comes up for it is to listen to the new one
}

bool Connections::make_room() {
  if (!free_.empty()) return true;
  if (connections_.size() == most_connections) return false;
  free_.push_back(static_cast<std::uint32_t>(connections_.size()));
  connections_.emplace_back();
  return true;
}

void Connections::accept_all() {
  if (take_in_all() && !send_) on_demand_();
}

// True where there was one.
bool Connections::take_in_all() {
  for (bool accepted = false;; accepted = true) {
    if (is_spoilt_ || !is_listener_sound()) {
      if (!is_spoilt_) give_up_listener();
      return accepted;
    }
    if (!make_room()) {
      pause_accepting();
      return accepted;
    }
    posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) {
      // EMFILE and its like pass only when something is closed: asking again at once would spin.
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNABORTED && errno != EINTR)
        pause_accepting();
      return accepted;
    }
    take_in(std::move(fd));
  }
}

// There is room for it.
void Connections::take_in(posix::Fd fd) {
  const std::uint32_t index = free_.back();
  free_.pop_back();
  ++open_count_;
  auto& connection = connections_[index];
  connection.fd = std::move(fd);
  connection.place = Place::held;
  try {
    connection.watch = loop_.watch(connection.fd.get(), while_held,
                                   [this, index](std::uint32_t events) { on_event(index, events); });
  } catch (const std::system_error&) {  // no memory for one more, or max_user_watches
    return shut_down(index);
  }
  if (send_) lend(index);
}

bool Connections::adopt(posix::Fd fd) {
  int type = 0;
  int listens = 1;
  sockaddr_un peer{};
  socklen_t size = sizeof(type);
  socklen_t peer_size = sizeof(peer);
  const bool is_one = ::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
                      ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
                      listens == 0 &&
                      ::getpeername(fd.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 &&
                      peer.sun_family == AF_UNIX;
  if (!is_one || closing_ || !make_room()) {
    ::shutdown(fd.get(), SHUT_RDWR);
    return false;
  }
  take_in(std::move(fd));
  if (!send_) on_demand_();
  return true;
}

void Connections::pause_accepting() {
  listener_watch_ = {};
  accept_again_ = loop_.after(50ms, [this] {
    try {
      watch_listener();
    } catch (const std::system_error&) {  // no memory for it still
      pause_accepting();
    }
  });
}

void Connections::on_event(std::uint32_t index, std::uint32_t events) {
  auto& connection = connections_[index];
  if (!connection.fd) return;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    if (connection.place == Place::held) return let_go(index);
    // nginx has hung up on a lent one: the borrower meets the end by itself, and the number stays its until
    // it says so.
    const bool was_idle = table_.load(index) == lending::Word(connection.generation, State::idle) &&
                          what_waits(connection.fd.get()) == Waiting::end;
    connection.watch = {};
    connection.fd.reset();
    if (!was_idle && on_hang_up_) on_hang_up_(connection.borrower);
    return;
  }
  if (connection.place == Place::held) on_demand_();
}

void Connections::lend_to(Borrower borrower, Send send) {
  borrower_ = borrower;
  send_ = std::move(send);
  for (std::uint32_t index = 0; index < connections_.size() && send_; ++index) {
    if (connections_[index].place == Place::held) lend(index);
  }
}

void Connections::lend(std::uint32_t index) {
  auto& connection = connections_[index];
  // Another one each time that it is lent: a thread of the last borrower may only now come to what epoll told
  // it, and would claim the same word.
  ++connection.generation;
  const auto id = id_of(index);
  table_.store(id, State::idle);
  connection.place = Place::lent;
  connection.borrower = borrower_;
  connection.watch.rearm(while_lent);
  if (!send_({Kind::lend, id, Fate::kept}, connection.fd.get()))
    send_ = nullptr;  // borrower_gone() will follow
}

bool Connections::take_back(Borrower borrower, const lending::Message& message) {
  const auto [index, generation] = message.connection;
  if (index >= connections_.size()) return false;
  auto& connection = connections_[index];
  if (connection.place != Place::lent || connection.borrower != borrower ||
      connection.generation != generation)
    return false;
  if (message.fate == Fate::ended || !connection.fd) {
    shut_down(index);
  } else {
    hold(index);
  }
  return true;
}

void Connections::hold(std::uint32_t index) {
  connections_[index].place = Place::held;
  if (send_) return lend(index);
  if (closing_) return shut_down(index);
  connections_[index].watch.rearm(while_held);
}

void Connections::borrower_gone(Borrower borrower) {
  if (borrower == borrower_) send_ = nullptr;
  for (std::uint32_t index = 0; index < connections_.size(); ++index) {
    auto& connection = connections_[index];
    if (connection.place != Place::lent || connection.borrower != borrower) continue;
    const auto word = table_.load(index);
    const bool unread = word == lending::Word(connection.generation, State::idle) ||
                        word == lending::Word(connection.generation, State::released);
    const auto waiting = connection.fd ? what_waits(connection.fd.get()) : Waiting::end;
    if (unread && (waiting == Waiting::nothing || waiting == Waiting::whole_request)) {
      hold(index);
    } else {
      shut_down(index);
    }
  }
}

Connections::Holdings Connections::holdings_of(Borrower borrower) const {
  Holdings holdings;
  for (std::uint32_t index = 0; index < connections_.size(); ++index) {
    const auto& connection = connections_[index];
    if (connection.place != Place::lent || connection.borrower != borrower) continue;
    ++holdings.all;
    const bool is_idle = table_.load(index) == lending::Word(connection.generation, State::idle);
    if (!connection.fd) ++holdings.abandoned;
    if (is_idle && (!connection.fd || what_waits(connection.fd.get()) != Waiting::nothing)) ++holdings.unread;
  }
  return holdings;
}

std::size_t Connections::unread_count() const {
  std::size_t count = 0;
  for (std::uint32_t index = 0; index < connections_.size(); ++index) {
    const auto& connection = connections_[index];
    if (connection.place == Place::free || !connection.fd) continue;
    const bool is_begun = connection.place == Place::lent &&
                          table_.load(index) != lending::Word(connection.generation, State::idle);
    if (!is_begun && what_waits(connection.fd.get()) == Waiting::whole_request) ++count;
  }
  return count;
}

void Connections::watch_held() {
  for (auto& connection : connections_) {
    if (connection.place == Place::held) connection.watch.rearm(while_held);
  }
}

void Connections::drop_waiting() {
  for (std::uint32_t index = 0; index < connections_.size(); ++index) {
    auto& connection = connections_[index];
    if (connection.place != Place::held) continue;
    if (what_waits(connection.fd.get()) == Waiting::nothing) {
      connection.watch.rearm(while_held);
    } else {
      say_unread(connection.fd.get());
      shut_down(index);
    }
  }
}

bool Connections::close() {
  accept_all();
  listener_watch_ = {};
  accept_again_ = {};
  closing_ = true;
  return std::any_of(connections_.begin(), connections_.end(), [](const Connection& connection) {
    return connection.place == Place::held && what_waits(connection.fd.get()) == Waiting::whole_request;
  });
}

void Connections::shut_down_all() {
  for (std::uint32_t index = 0; index < connections_.size(); ++index) {
    if (connections_[index].place != Place::free) shut_down(index);
  }
}

void Connections::shut_down(std::uint32_t index) {
  auto& connection = connections_[index];
  // Others may hold copies (a child that a function forked): only shutdown() ends it for the peer.
  if (connection.fd) ::shutdown(connection.fd.get(), SHUT_RDWR);
  let_go(index);
}

void Connections::let_go(std::uint32_t index) {
  auto& connection = connections_[index];
  connection.watch = {};
  connection.fd.reset();
  connection.place = Place::free;
  free_.push_back(index);
  --open_count_;
}

}  // namespace stile::supervisor
