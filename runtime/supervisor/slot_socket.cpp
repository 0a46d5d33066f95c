#include "supervisor/slot_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "supervisor/connections.hpp"

namespace stile::supervisor {

namespace {

std::string hidden_path(const std::string& path) { return path + ".hidden"; }

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

SlotSocket::SlotSocket(std::string path, gid_t group) : path_(std::move(path)), group_(group) {}

SlotSocket::~SlotSocket() { remove(); }

posix::Fd SlotSocket::listen() {
  auto listener = listen_on(path_, group_);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
  ::unlink(hidden_path(path_).c_str());  // of a supervisor that was killed, perhaps
  is_hidden_ = false;
  return listener;
}

// Another slot may have been put in its place.
bool SlotSocket::is_ours() const {
  struct stat status {};
  return ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_;
}

bool SlotSocket::is_missing() const { return !is_there(path_); }

// By hard links, each put in place by a rename: nothing has to be made, be the disk full, and nobody meets a moment in which
// there is none where there is to be one.
void SlotSocket::hide(const std::vector<std::string>& others) {
  if (is_hidden_ || !is_ours() || ::link(path_.c_str(), hidden_path(path_).c_str()) == -1) return;
  is_hidden_ = true;
  const std::string fresh = path_ + ".~";
  for (const auto& other : others) {
    if (other == path_ || is_there(hidden_path(other)) || ::link(other.c_str(), fresh.c_str()) == -1)
      continue;
    if (::rename(fresh.c_str(), path_.c_str()) == 0) return;
    ::unlink(fresh.c_str());
  }
  ::unlink(path_.c_str());
}

bool SlotSocket::show() {
  if (!is_hidden_) return is_ours();
  is_hidden_ = false;
  return ::rename(hidden_path(path_).c_str(), path_.c_str()) == 0;
}

void SlotSocket::remove() {
  if (is_hidden_) ::unlink(hidden_path(path_).c_str());
  if (is_hidden_ || is_ours()) ::unlink(path_.c_str());
  is_hidden_ = false;
}

}  // namespace stile::supervisor
