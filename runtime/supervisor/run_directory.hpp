// The directories that a server works in. Makes them, refuses those that others may write, and holds the lock
// that lets one supervisor at a time use a run directory. One thread.
#pragma once

#include <optional>
#include <string>

#include "posix/account.hpp"
#include "posix/fd.hpp"

namespace stile::supervisor {

class RunDirectory {
 public:
  /// Makes `path` and its folders and takes its lock. Throws Failure: another supervisor holds the lock, the
  /// folder belongs to somebody else or may be written by others, it can't be made.
  RunDirectory(std::string path, const std::optional<posix::Account>& account);

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file of ours whole or not at all (rename). Throws Failure.
  void write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
  posix::Fd lock_;
};

/// Makes the state directory, which belongs to the account (mode 0700). Throws Failure.
void make_state_directory(const std::string& path, const std::optional<posix::Account>& account);

}  // namespace stile::supervisor
