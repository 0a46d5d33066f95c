// The directories that a server works in. Makes them, refuses those that others may write, and holds the lock
// that lets one supervisor at a time use a run directory. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posix/account.hpp"
#include "posix/fd.hpp"

namespace stile::supervisor {

/// Writes a file whole or not at all, for all to read; a name and ".new" is used meanwhile. Throws Failure.
void write_file(const std::string& path, const std::string& text);

/// write_file() for each that differs from what is there: names below `folder`, with one folder in them at most, which is
/// made. Throws Failure.
void write_changed_files(const std::string& folder, const std::map<std::string, std::string>& files);

class RunDirectory {
 public:
  /// Makes `path` and its folders and takes its lock. Throws Failure: another supervisor holds the lock, the
  /// folder belongs to somebody else or may be written by others, it can't be made.
  RunDirectory(std::string path, const std::optional<posix::Account>& account);

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// write_file() to one of ours.
  void write(const std::string& name, const std::string& text) const { write_file(file(name), text); }
  /// One of ours; empty where it can't be read.
  std::string read(const std::string& name) const;
  /// The files of workers that a supervisor has left which has died (worker_file.hpp): any of them may have ended since.
  const std::vector<std::string>& left_behind() const { return left_behind_; }
  /// Throws Failure where a process of that group could not come to the sockets.
  void let_pass(gid_t group, const std::string& name) const;

 private:
  std::string path_;
  posix::Fd lock_;
  std::vector<std::string> left_behind_;
};

/// The folder on the way to `path`, itself not among them, that the account can't pass through; unset: it can.
std::optional<std::string> barrier_before(const std::string& path, const posix::Account& account);

/// Makes a folder whose files are obeyed by whoever reads them: nobody but us may write it, nor, where we
/// are root, a folder above it. Throws Failure.
void make_trusted_directory(const std::string& path, const std::optional<posix::Account>& account,
                            const char* option);

/// Makes the state directory, which belongs to the account (mode 0700). Throws Failure.
void make_state_directory(const std::string& path, const std::optional<posix::Account>& account);

}  // namespace stile::supervisor
