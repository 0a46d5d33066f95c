#include "worker/replay.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::worker {
namespace {

[[noreturn]] void refuse_file(const std::string& path, std::string_view why) {
  throw Failure(fmt::format("{}: {}", path, why));
}

// What runs is what the file says: nobody else may have had a hand in it.
void check_whose(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) refuse_file(path, "is no file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    refuse_file(path, "belongs to another account, which may write what it likes: copy it if you trust it");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    refuse_file(path, "can be written by others: chmod go-w if you trust it");
}

std::string read_whole(const std::string& path) {
  const posix::Fd file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO would keep it waiting
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) == -1) refuse_file(path, std::strerror(errno));
  check_whose(path, status);
  std::string text(most_crash_file_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count == -1) refuse_file(path, std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

CrashFile parse(const std::string& path, const std::string& text) {
  try {
    return parse_crash_file(text);
  } catch (const std::invalid_argument& error) {
    refuse_file(path, fmt::format("is no crash file: {}", error.what()));
  }
}

}  // namespace

CrashFile read_crash_file(const std::string& path, std::string_view function) {
  CrashFile crash = parse(path, read_whole(path));
  if (crash.function != function)
    refuse_file(path, fmt::format("tells of {}, and this is {}", crash.function, function));
  if (crash.method.empty() || crash.uri.empty()) refuse_file(path, "tells of no request: none was running");
  return crash;
}

}  // namespace stile::worker
