// A secret that somebody else has put into a file, as containers and administrators do. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace stile::posix {

/// What the file holds, without the end of its last line; nothing where there is none. Throws std::runtime_error where it is
/// no file, may be written by others than its owner, holds more than `longest` bytes or can't be read. A link is followed:
/// that is how containers mount secrets. Blocks on the disk.
std::optional<std::string> read_secret_file(const std::string& path, std::size_t longest);

}  // namespace stile::posix
