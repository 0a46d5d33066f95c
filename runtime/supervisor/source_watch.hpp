// Tells that something below a folder has been saved, made, renamed or removed (inotify(7)), once it has been quiet for a
// moment. Knows nothing of what the files are. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

/// What editors write beside the file that is saved: backups, locks, swap files. Pure.
bool is_editors_own(std::string_view name);

class SourceWatch {
 public:
  /// Throws Failure where the folder can't be watched.
  SourceWatch(EventLoop& loop, std::string folder, std::function<void()> on_change);

 private:
  void watch_all();
  void read_events();

  EventLoop& loop_;
  std::string folder_;
  std::function<void()> on_change_;
  posix::Fd inotify_;
  EventLoop::Watch watch_;
  EventLoop::Timer quiet_;
};

}  // namespace stile::supervisor
