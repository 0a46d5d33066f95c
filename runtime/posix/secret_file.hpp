// A secret that somebody else has put into a file, as containers and administrators do. Any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace stile::posix {

/// What the file holds, without the end of its last line; nothing where there is none. Throws std::runtime_error where it is
/// no file, may be written by others than its owner, holds more than `longest` bytes or can't be read. A link is followed:
/// that is how containers mount secrets. Blocks on the disk.
std::optional<std::string> read_secret_file(const std::string& path, std::size_t longest);

/// What tells one state of a file from the next: another one in its place, or one that was written or chmod'ed.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::chrono::nanoseconds modified{};
  std::chrono::nanoseconds changed{};

  bool operator==(const FileState&) const = default;
};

/// Nothing where there is none. Throws std::runtime_error where that can't be told. Blocks on the disk.
std::optional<FileState> state_of_file(const std::string& path);

struct FileText {
  std::string text;  ///< to its last byte
  FileState state;   ///< from before it was read
};

/// As read_secret_file(), but for the end of the last line, which is left.
std::optional<FileText> read_guarded_file(const std::string& path, std::size_t longest);

}  // namespace stile::posix
