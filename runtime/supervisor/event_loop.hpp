// One epoll set with handlers and timers, on the monotonic clock. It wakes only when there is something to
// do. Knows nothing of what it watches. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "posix/fd.hpp"
#include "supervisor/stall_guard.hpp"

namespace stile::supervisor {

using Clock = std::chrono::steady_clock;

class EventLoop {
 public:
  using Handler = std::function<void(std::uint32_t events)>;
  using TimerKey = std::pair<Clock::time_point, std::uint64_t>;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Watches a descriptor for as long as it lives. Must end before the descriptor is closed: others may hold
  /// copies of it, and epoll would go on reporting them.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept { swap(other); }
    Watch& operator=(Watch&& other) noexcept {
      Watch moved(std::move(other));
      swap(moved);
      return *this;
    }
    ~Watch();
    /// Watches for other events (EPOLLIN, EPOLLONESHOT, ...). Throws std::system_error.
    void rearm(std::uint32_t events) const;
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class EventLoop;
    Watch(EventLoop& loop, int fd, std::uint64_t key) : loop_(&loop), fd_(fd), key_(key) {}
    void swap(Watch& other) noexcept;
    EventLoop* loop_ = nullptr;
    int fd_ = -1;
    std::uint64_t key_ = 0;
  };

  /// A timer that fires once; cancelled by its end.
  class Timer {
   public:
    Timer() = default;
    Timer(Timer&& other) noexcept { swap(other); }
    Timer& operator=(Timer&& other) noexcept {
      Timer moved(std::move(other));
      swap(moved);
      return *this;
    }
    ~Timer();
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class EventLoop;
    Timer(EventLoop& loop, TimerKey key) : loop_(&loop), key_(key) {}
    void swap(Timer& other) noexcept;
    EventLoop* loop_ = nullptr;
    TimerKey key_;
  };

  /// Handlers may end any watch, their own included. Throws std::system_error.
  [[nodiscard]] Watch watch(int fd, std::uint32_t events, Handler handler);
  [[nodiscard]] Timer after(Clock::duration delay, std::function<void()> action);

  /// Runs handlers until stop() is called by one, each turn of them guarded where there is a guard. What one of them throws for want of descriptors or memory
  /// (std::system_error, std::bad_alloc) is told, and the others go on; without anybody to tell, it is thrown.
  using OnError = std::function<void(const std::exception&)>;
  void run(const OnError& on_error = {}, StallGuard* guard = nullptr);
  void stop() { stopped_ = true; }

 private:
  void guarded(const std::function<void()>& action, const OnError& on_error) const;
  void fire_timers(const OnError& on_error);
  int milliseconds_to_next_timer() const;

  posix::Fd epoll_;
  std::uint64_t next_key_ = 1;
  std::unordered_map<std::uint64_t, Handler> handlers_;
  std::map<TimerKey, std::function<void()>> timers_;
  bool stopped_ = false;
};

}  // namespace stile::supervisor
