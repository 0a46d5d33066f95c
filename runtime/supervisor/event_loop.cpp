#include "supervisor/event_loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "posix/error.hpp"

namespace stile::supervisor {

EventLoop::EventLoop() : epoll_(posix::check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

EventLoop::Watch::~Watch() {
  if (loop_ == nullptr) return;
  ::epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  loop_->handlers_.erase(key_);
}

void EventLoop::Watch::swap(Watch& other) noexcept {
  std::swap(loop_, other.loop_);
  std::swap(fd_, other.fd_);
  std::swap(key_, other.key_);
}

void EventLoop::Watch::rearm(std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key_;
  posix::check(::epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_MOD, fd_, &event), "EPOLL_CTL_MOD");
}

EventLoop::Timer::~Timer() {
  if (loop_ != nullptr) loop_->timers_.erase(key_);
}

void EventLoop::Timer::swap(Timer& other) noexcept {
  std::swap(loop_, other.loop_);
  std::swap(key_, other.key_);
}

EventLoop::Watch EventLoop::watch(int fd, std::uint32_t events, Handler handler) {
  const std::uint64_t key = next_key_++;
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  posix::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "EPOLL_CTL_ADD");
  handlers_.emplace(key, std::move(handler));
  return {*this, fd, key};
}

EventLoop::Timer EventLoop::after(Clock::duration delay, std::function<void()> action) {
  const TimerKey key{Clock::now() + delay, next_key_++};
  timers_.emplace(key, std::move(action));
  return {*this, key};
}

int EventLoop::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
  return left.count() <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000));
}

void EventLoop::guarded(const std::function<void()>& action, const OnError& on_error) const {
  if (!on_error) return action();
  try {
    action();
  } catch (const std::system_error& error) {
    on_error(error);
  } catch (const std::bad_alloc& error) {
    on_error(error);
  }
}

void EventLoop::fire_timers(const OnError& on_error) {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now && !stopped_) {
    auto timer = timers_.extract(timers_.begin());
    guarded(timer.mapped(), on_error);
  }
}

void EventLoop::run(const OnError& on_error, StallGuard* guard) {
  std::array<epoll_event, 64> events{};
  stopped_ = false;
  while (!stopped_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   milliseconds_to_next_timer());
    if (count == -1 && errno != EINTR) posix::throw_errno("epoll_wait");
    if (guard != nullptr) guard->begin();
    for (int i = 0; i < count && !stopped_; ++i) {
      const epoll_event event = events[static_cast<std::size_t>(i)];  // packed: no reference into it
      const std::uint64_t key = event.data.u64;
      const auto found = handlers_.find(key);
      if (found == handlers_.end()) continue;  // its watch ended in this very round
      const Handler handler = found->second;   // a copy: the handler may end its own watch
      guarded([&] { handler(event.events); }, on_error);
    }
    fire_timers(on_error);
    if (guard != nullptr) guard->end();
  }
}

}  // namespace stile::supervisor
