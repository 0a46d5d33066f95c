// Where the web server finds a slot: a Unix socket at a path, which can be hidden for a while. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "posix/fd.hpp"

namespace stile::supervisor {

class SlotSocket {
 public:
  SlotSocket(std::string path, gid_t group);
  ~SlotSocket();
  SlotSocket(const SlotSocket&) = delete;
  SlotSocket& operator=(const SlotSocket&) = delete;

  const std::string& path() const { return path_; }
  /// Puts one there, in place of what is there. Throws Failure.
  posix::Fd listen();
  /// Who looks for it finds one of `others` that is not hidden, as if it were this one, or none.
  void hide(const std::vector<std::string>& others);
  /// It is found again. False where it is gone.
  bool show();
  /// It is gone for good; the listener's owner still has what has come.
  void remove();
  /// Somebody has deleted it, and put no other in its place.
  bool is_missing() const;

 private:
  bool is_ours() const;

  std::string path_;
  gid_t group_;
  ino_t inode_ = 0;
  bool is_hidden_ = false;
};

}  // namespace stile::supervisor
