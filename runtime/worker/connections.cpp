#include "worker/connections.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

#include "posix/error.hpp"

namespace stile::worker {

using lending::ConnectionId;
using lending::Fate;
using lending::State;
using lending::Table;

namespace {

constexpr std::uint32_t most_own_connections = 4096;
constexpr std::uint32_t events_of_interest = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
constexpr std::uint64_t closing_key =
    ~std::uint64_t{0};  // no connection's: its number would be beyond any table

posix::Fd make_event(int flags) {
  return posix::Fd(posix::check(::eventfd(0, EFD_CLOEXEC | flags), "eventfd"));
}

bool has_bytes(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void raise_event(const posix::Fd& event) { ::eventfd_write(event.get(), 1); }

}  // namespace

Connections::Connections(Table shared, int control)
    : Connections(std::optional(std::move(shared)), control) {}

Connections::Connections() : Connections(std::nullopt, -1) {}

Connections::Connections(std::optional<Table> shared, int control)
    : shared_(std::move(shared)),
      control_(control),
      shared_size_(shared_ ? shared_->size() : 0),
      own_(Table::create(most_own_connections)),
      epoll_(posix::check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      changes_(make_event(EFD_NONBLOCK)),
      closing_(make_event(EFD_NONBLOCK)),
      fds_(shared_size_ + most_own_connections),
      generations_(fds_.size()) {
  for (auto& fd : fds_) fd = -1;
  for (std::uint32_t index = most_own_connections; index > 0; --index) free_.push_back(index - 1);
  epoll_event event{};
  event.events = EPOLLIN;  // level-triggered and never read: it ends every thread that waits, now and later
  event.data.u64 = closing_key;
  posix::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, closing_.get(), &event), "epoll_ctl");
}

Table& Connections::table_of(ConnectionId& id) {
  if (!is_own(id)) return *shared_;
  id.index -= shared_size_;
  return own_;
}

bool Connections::watch(ConnectionId id, int fd, int operation) const {
  epoll_event event{};
  event.events = events_of_interest;
  event.data.u64 = id.key();
  return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void Connections::serve(ConnectionId id, posix::Fd fd) {
  const int number = fd.release();
  generations_[id.index] = id.generation;
  fds_[id.index] = number;
  ++open_;
  // No memory for one more watch, or max_user_watches: only this connection suffers.
  if (!watch(id, number, EPOLL_CTL_ADD) && claim(id) != -1) end(id);
}

void Connections::lend(ConnectionId id, posix::Fd fd) {
  if (is_own(id) || fds_[id.index] != -1)
    throw std::runtime_error("the supervisor has lent a connection twice");
  if (!fd) return tell({lending::Kind::returned, id, Fate::ended});  // this process has no descriptor left
  serve(id, std::move(fd));
}

bool Connections::adopt(posix::Fd& fd) {
  std::uint32_t index = 0;
  {
    const std::lock_guard lock(free_mutex_);
    if (free_.empty()) return false;
    index = free_.back();
    free_.pop_back();
  }
  const ConnectionId id{shared_size_ + index, generations_[shared_size_ + index] + 1};
  own_.store({index, id.generation}, State::idle);
  serve(id, std::move(fd));
  return true;
}

void Connections::drain(Unread unread) {
  answers_unread_ = unread == Unread::answered;
  draining_ = true;
  for (std::uint32_t index = 0; index < fds_.size(); ++index) {
    if (fds_[index] != -1 && !is_to_be_answered(index)) release({index, generations_[index]});
  }
}

void Connections::hand_over(int heir) {
  heir_ = heir;
  drain();
}

void Connections::give(const posix::Fd& fd) const {
  if (!send_waiting(heir_, {lending::Kind::given, {}, {}}, fd.get())) ::shutdown(fd.get(), SHUT_RDWR);
}

void Connections::forget_changes() {
  eventfd_t count = 0;
  ::eventfd_read(changes_.get(), &count);
}

void Connections::close() { raise_event(closing_); }

std::optional<Connections::Event> Connections::next() {
  epoll_event event{};
  int count = -1;
  do {
    count = ::epoll_wait(epoll_.get(), &event, 1, -1);
  } while (count == -1 && errno == EINTR);  // a debugger, a function's own signal
  posix::check(count, "epoll_wait");
  if (event.data.u64 == closing_key) return std::nullopt;
  return Event{ConnectionId::of_key(event.data.u64), (event.events & (EPOLLHUP | EPOLLERR)) != 0};
}

int Connections::claim(ConnectionId id) {
  ConnectionId local = id;
  Table& table = table_of(local);
  // Not to be had: its holder looks again before it lets go, once told. Where it has just let go it may be
  // had now; and if not even then, it has been released, and whoever gets it next will see the same bytes.
  if (!table.claim(local) && (table.want(local) || !table.claim(local))) return -1;
  // drain() passed by while it was busy, and who held it had looked before: this request may have begun after we said
  // that we leave.
  if (is_for_the_next(id)) {
    give_back(id);
    return -1;
  }
  return fds_[id.index];
}

bool Connections::let_go(ConnectionId id) {
  if (draining_) {
    if (is_to_be_answered(id.index)) return false;
    give_back(id);
    return true;
  }
  // Armed before it is idle: from then on the control thread may close it, and the number be another's. A
  // thread that gets the event in between finds it busy, and says that it is wanted.
  if (!watch(id, fds_[id.index], EPOLL_CTL_MOD)) {
    end(id);
    return true;
  }
  ConnectionId local = id;
  if (!table_of(local).set_idle(local)) {
    if (!is_for_the_next(id)) return false;
    give_back(id);
    return true;
  }
  // drain() may have passed by while it was busy. Either it sees the word idle, or this thread sees it
  // draining.
  if (draining_ && !is_to_be_answered(id.index)) release(id);
  return true;
}

bool Connections::is_for_the_next(ConnectionId id) const {
  return draining_ && !answers_unread_ && !orphaned_ && !is_own(id);
}

// Such a one stays watched: the thread that gets its bytes gives it back once it has answered. Where it is gone
// meanwhile, and the descriptor another's, the answer is of no consequence.
bool Connections::is_to_be_answered(std::uint32_t index) const {
  return answers_unread_ && has_bytes(fds_[index]);
}

void Connections::release(ConnectionId id) {
  ConnectionId local = id;
  if (table_of(local).release(local)) give_back(id);
}

void Connections::give_back(ConnectionId id) {
  if (!answers_unread_) return retire(id, State::released, Fate::kept);
  // Nobody follows, and a web server that is told so at once, right behind the answer, sends nothing more on it.
  ::shutdown(fds_[id.index], SHUT_WR);
  end(id);
}

void Connections::end(ConnectionId id) { retire(id, State::poisoned, Fate::ended); }

void Connections::retire(ConnectionId id, State state, Fate fate) {
  posix::Fd fd(fds_[id.index].exchange(-1));
  ConnectionId local = id;
  // First, because the supervisor's copy, or that of a child that the function forked, would keep it watched.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr);
  // For the same reason its peer would not see that it has ended. Who lends it on must find it open.
  if (fate == Fate::kept && heir_ != -1) {
    give(fd);
  } else if (is_own(id) || orphaned_ || fate == Fate::ended) {
    ::shutdown(fd.get(), SHUT_RDWR);
  }
  fd.reset();
  table_of(local).store(local, state);
  if (is_own(id)) {
    const std::lock_guard lock(free_mutex_);
    free_.push_back(local.index);
  } else {
    tell({lending::Kind::returned, id, fate});
  }
  --open_;
  if (draining_) raise_event(changes_);
}

// False where the other one is gone.
bool Connections::send_waiting(int socket, const lending::Message& message, int descriptor) {
  while (true) {
    const auto sent = lending::send(socket, message, descriptor);
    if (sent != lending::Sent::would_block) return sent == lending::Sent::done;
    pollfd room{socket, POLLOUT, 0};  // the supervisor never waits for a worker, so this ends
    ::poll(&room, 1, -1);
  }
}

void Connections::tell(const lending::Message& message) const { send_waiting(control_, message, -1); }

}  // namespace stile::worker
