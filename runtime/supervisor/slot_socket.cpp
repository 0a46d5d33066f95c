#include "supervisor/slot_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "supervisor/connections.hpp"

namespace stile::supervisor {

SlotSocket::SlotSocket(std::string path, gid_t group) : path_(std::move(path)), group_(group) {}

SlotSocket::~SlotSocket() { remove(); }

posix::Fd SlotSocket::listen() {
  auto listener = listen_on(path_, group_);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
  ::unlink(hidden_path().c_str());  // of a supervisor that was killed, perhaps
  return listener;
}

// Another slot may have been put in its place.
bool SlotSocket::is_ours() const {
  struct stat status {};
  return ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_;
}

bool SlotSocket::is_missing() const {
  struct stat status {};
  return ::lstat(path_.c_str(), &status) == -1;
}

void SlotSocket::hide() const {
  if (is_ours()) ::rename(path_.c_str(), hidden_path().c_str());
}

bool SlotSocket::show() const { return ::rename(hidden_path().c_str(), path_.c_str()) == 0 || is_ours(); }

void SlotSocket::remove() const {
  if (is_ours()) ::unlink(path_.c_str());
  ::unlink(hidden_path().c_str());
}

}  // namespace stile::supervisor
