// Where the web server finds a slot: a Unix socket at a path, which can be hidden for a while. One thread.
#pragma once

#include <sys/types.h>

#include <string>

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
  /// Nobody finds it from now on.
  void hide() const;
  /// It is found again. False where it is gone.
  bool show() const;
  /// It is gone for good; the listener's owner still has what has come.
  void remove() const;
  /// Somebody has deleted it, and put no other in its place.
  bool is_missing() const;

 private:
  bool is_ours() const;
  std::string hidden_path() const { return path_ + ".hidden"; }

  std::string path_;
  gid_t group_;
  ino_t inode_ = 0;
};

}  // namespace stile::supervisor
