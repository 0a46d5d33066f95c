// A file that is replaced whole or not at all, whoever reads it meanwhile. Any thread; blocks on the disk.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace stile::posix {

/// Whose a file is, and who may do what with it.
struct FileOwner {
  uid_t user = 0;
  gid_t group = 0;
  mode_t mode = 0600;
};

/// Nothing where there is no such file. Throws std::system_error.
std::optional<FileOwner> owner_of_file(const std::string& path);

/// Puts a file with this text in the place of `path`: after a crash it is the old one or the new one. Who calls holds a
/// lock: the draft beside it is always called PATH.new. Throws std::system_error, and the old file stays.
void replace_file(const std::string& path, std::string_view text, const FileOwner& owner);

}  // namespace stile::posix
