// Keeps the requests that ended their worker, for `stile replay`: a folder of files for its owner alone, bounded in number and
// age. Knows no worker. One thread.
#pragma once

#include <string>

#include "manifest/crash_file.hpp"

namespace stile::supervisor {

class CrashFolder {
 public:
  /// `path`: made, mode 0700, when there is something to keep. An empty one: nothing is kept.
  explicit CrashFolder(std::string path) : path_(std::move(path)) {}

  /// Writes it, and removes what is too old or too much. Returns the file's path; empty where nothing was kept, as on a full
  /// disk.
  std::string keep(const CrashFile& crash, const std::string& id) const;

 private:
  void remove_old() const;

  std::string path_;
};

}  // namespace stile::supervisor
