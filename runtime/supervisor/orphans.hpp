// Workers whose supervisor has died find the next one here, say which slot was theirs, and give it their connections, each as
// they have answered it. Knows no slot. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <list>
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
  /// Workers of the supervisor before, by their files: each may go on for as long as its timeout, and is killed then. One may
  /// be stuck, or stopped, and no one else would ever end it. What one has left in its process group ends with it.
  void watch_over(const std::vector<std::string>& files, Log& log);
  Orphans(const Orphans&) = delete;
  Orphans& operator=(const Orphans&) = delete;

 private:
  struct Orphan {
    posix::Fd fd;
    EventLoop::Watch watch;
    std::string slot;
  };
  // By its pidfd: its end is seen, and it is never taken for another.
  struct Left {
    std::string file;
    pid_t pid = 0;
    posix::Fd process;
    EventLoop::Watch watch{};
    EventLoop::Timer limit{};
  };
  void watch_over(const std::string& file, Log& log);
  void listen();
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
  std::list<Left> left_;
  EventLoop::Timer accept_again_;
};

}  // namespace stile::supervisor
