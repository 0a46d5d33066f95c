// Tells of names that vanish from a folder (inotify(7)). Knows nothing of what they were. One thread.
#pragma once

#include <functional>
#include <string>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

class FolderWatch {
 public:
  /// An empty name: some have vanished, and which is not known (the kernel's queue was full). Where the kernel has no watch
  /// left nothing is ever told.
  using OnVanished = std::function<void(const std::string& name)>;
  FolderWatch(EventLoop& loop, const std::string& folder, OnVanished on_vanished);

 private:
  void read_events();

  OnVanished on_vanished_;
  posix::Fd inotify_;
  EventLoop::Watch watch_;
};

}  // namespace stile::supervisor
