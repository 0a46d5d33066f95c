// Workers whose supervisor has died find the next one here, say which slot was theirs, and give it their connections, each as
// they have answered it. Knows no slot. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"

namespace stile::supervisor {

class Orphans {
 public:
  /// False: there is no such slot any more, and the orphan is left alone.
  using OnArrival = std::function<bool(const std::string& slot)>;
  using OnConnection = std::function<void(const std::string& slot, posix::Fd connection)>;

  /// Listens at `path`: not before every slot does, or an orphan's own socket could still be found. `account` is who
  /// workers run as; others are turned away. Throws Failure.
  Orphans(EventLoop& loop, std::string path, uid_t account, gid_t group, OnArrival on_arrival,
          OnConnection on_connection);
  ~Orphans();
  /// Those of `pids` that are workers of the supervisor before are killed where they are still there after so long: one
  /// may be stuck, or stopped, and no one else will ever end it.
  void kill_after(std::chrono::milliseconds patience, const std::vector<pid_t>& pids, Log& log);
  Orphans(const Orphans&) = delete;
  Orphans& operator=(const Orphans&) = delete;

 private:
  struct Orphan {
    posix::Fd fd;
    EventLoop::Watch watch;
    std::string slot;
  };
  struct Left {
    pid_t pid;
    posix::Fd process;
  };
  bool is_worker(pid_t pid) const;
  void accept_one();
  void hear(std::uint64_t key);

  EventLoop& loop_;
  std::string path_;
  uid_t account_;
  OnArrival on_arrival_;
  OnConnection on_connection_;
  posix::Fd listener_;
  EventLoop::Watch watch_;
  std::uint64_t next_key_ = 1;
  std::map<std::uint64_t, Orphan> orphans_;
  std::vector<Left> left_;
  EventLoop::Timer kill_timer_;
};

}  // namespace stile::supervisor
