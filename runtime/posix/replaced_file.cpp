#include "posix/replaced_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "posix/error.hpp"
#include "posix/fd.hpp"

namespace stile::posix {
namespace {

void write_whole(const Fd& file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw_errno("write " + path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Readable by nobody else until it is whose it is to be.
void write_draft(const std::string& path, std::string_view text, const FileOwner& owner) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) throw_errno("create " + path);
  write_whole(file, text, path);
  struct stat status {};
  check(::fstat(file.get(), &status), "fstat");
  const bool is_theirs = status.st_uid == owner.user && status.st_gid == owner.group;
  if (!is_theirs && ::fchown(file.get(), owner.user, owner.group) == -1) throw_errno("chown " + path);
  if (::fchmod(file.get(), owner.mode) == -1 || ::fsync(file.get()) == -1) throw_errno("write " + path);
}

// Its name is on the disk too.
void sync_folder(const std::string& path) {
  const auto folder = path.substr(0, path.rfind('/') + 1);
  const Fd opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) ::fsync(opened.get());
}

}  // namespace

std::optional<FileOwner> owner_of_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0)
    return FileOwner{status.st_uid, status.st_gid, status.st_mode & 07777};
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw_errno("stat " + path);
}

void replace_file(const std::string& path, std::string_view text, const FileOwner& owner) {
  const auto draft = path + ".new";
  ::unlink(draft.c_str());  // of somebody who was killed
  try {
    write_draft(draft, text, owner);
    if (::rename(draft.c_str(), path.c_str()) == -1) throw_errno("rename " + draft);
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
  sync_folder(path);
}

}  // namespace stile::posix
