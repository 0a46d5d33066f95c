#include "posix/secret_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "posix/error.hpp"
#include "posix/fd.hpp"

namespace stile::posix {

namespace {

std::chrono::nanoseconds since_1970(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

FileState state_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, since_1970(status.st_mtim),
          since_1970(status.st_ctim)};
}

[[noreturn]] void refuse_size(const std::string& path, std::size_t longest) {
  throw std::runtime_error(fmt::format("{} holds more than {} bytes", path, longest));
}

// Of `longest` bytes, and further ones that are not counted.
std::optional<FileText> read_file(const std::string& path, std::size_t longest, std::size_t further) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) throw_errno("open " + path);
  struct stat status {};
  check(::fstat(file.get(), &status), "fstat");
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(fmt::format("{} is no file", path));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw std::runtime_error(fmt::format("{} may be written by others than its owner: chmod go-w it", path));
  if (status.st_size > static_cast<off_t>(longest + further)) refuse_size(path, longest);
  std::string text(static_cast<std::size_t>(status.st_size) + 1, '\0');  // one byte that is too many
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw_errno("read " + path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size == text.size()) throw std::runtime_error(fmt::format("{} grew while it was read", path));
  text.resize(size);
  return FileText{std::move(text), state_of(status)};
}

}  // namespace

std::optional<FileState> state_of_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return state_of(status);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw_errno("stat " + path);
}

std::optional<FileText> read_guarded_file(const std::string& path, std::size_t longest) {
  return read_file(path, longest, 0);
}

std::optional<std::string> read_secret_file(const std::string& path, std::size_t longest) {
  constexpr std::size_t line_end = 2;
  auto file = read_file(path, longest, line_end);
  if (!file) return std::nullopt;
  auto& text = file->text;
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.size() > longest) refuse_size(path, longest);
  return std::move(text);
}

}  // namespace stile::posix
