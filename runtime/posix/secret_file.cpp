#include "posix/secret_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "posix/error.hpp"
#include "posix/fd.hpp"

namespace stile::posix {

std::optional<std::string> read_secret_file(const std::string& path, std::size_t longest) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) throw_errno("open " + path);
  struct stat status {};
  check(::fstat(file.get(), &status), "fstat");
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(fmt::format("{} is no file", path));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw std::runtime_error(fmt::format("{} may be written by others than its owner: chmod go-w it", path));
  std::string text(longest + 3, '\0');  // the end of its line beside it, and one byte that is too many
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw_errno("read " + path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.size() > longest)
    throw std::runtime_error(fmt::format("{} holds more than {} bytes", path, longest));
  return text;
}

}  // namespace stile::posix
