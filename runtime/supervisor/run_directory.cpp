#include "supervisor/run_directory.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "posix/failure.hpp"
#include "posix/file_lock.hpp"

namespace stile::supervisor {
namespace {

// The folder itself is ours alone to write; its parents are the user's choice. True where it was not there before.
bool make_directory(const std::string& path, mode_t mode) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (::mkdir(path.c_str(), mode) == 0) {
    ::chmod(path.c_str(), mode);  // whatever the umask: the account has to pass through
    return true;
  }
  if (errno != EEXIST)
    throw Failure(fmt::format("cannot make the folder {}: {}", path, std::strerror(errno)));
  return false;
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == -1)
    throw Failure(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  return status;
}

void refuse_strange(const std::string& path, uid_t owner, const char* option) {
  const struct stat status = status_of(path);
  if (!S_ISDIR(status.st_mode))
    throw Failure(fmt::format("{} is not a folder: name another with {}", path, option));
  if (status.st_uid != owner || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw Failure(
        fmt::format("{} belongs to somebody else or may be written by others (it is user {}'s, mode {:04o}): "
                    "name another "
                    "with {}",
                    path, status.st_uid, status.st_mode & 07777U, option));
  }
}

// A clear word before it starts.
void refuse_unreachable(const std::string& path, const posix::Account& account, const char* option) {
  if (const auto folder = barrier_before(path, account)) {
    throw Failure(fmt::format("the account {} cannot pass through {} to {}: name another folder with {}",
                              account.name, *folder, path, option));
  }
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

// Roughly what the kernel asks when the account opens something below.
std::optional<std::string> barrier_before(const std::string& path, const posix::Account& account) {
  for (auto folder = std::filesystem::path(path).parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    const struct stat status = status_of(folder.string() + "/.");
    const bool enters = (status.st_mode & S_IXOTH) != 0 ||
                        (status.st_uid == account.user && (status.st_mode & S_IXUSR) != 0) ||
                        (status.st_gid == account.group && (status.st_mode & S_IXGRP) != 0);
    if (!enters) return folder.string();
  }
  return std::nullopt;
}

RunDirectory::RunDirectory(std::string path, const std::optional<posix::Account>& account)
    : path_(std::move(path)) {
  make_directory(path_, 0711);  // nginx's workers pass through it to the sockets
  refuse_strange(path_, ::geteuid(), "--run-dir");
  if (!std::filesystem::is_empty(path_) && !std::filesystem::exists(file("lock"))) {
    throw Failure(
        fmt::format("{} holds other things, and is no run directory: name another with --run-dir", path_));
  }
  if (account) refuse_unreachable(path_, *account, "--run-dir");
  lock_.reset(::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_) throw Failure(fmt::format("cannot open {}: {}", file("lock"), std::strerror(errno)));
  if (!posix::lock_alone(lock_)) {
    throw Failure(
        fmt::format("another stile serves from {}: stop it, or name another folder with --run-dir", path_));
  }
  for (const char* name : {"sockets", "nginx", "workers"}) make_directory(file(name), 0711);
  for (const auto& entry : std::filesystem::directory_iterator(file("workers")))
    left_behind_.push_back(entry.path());
  if (account && ::chmod(path_.c_str(), 0711) == -1) throw Failure(fmt::format("cannot chmod {}", path_));
}

std::string RunDirectory::read(const std::string& name) const { return content_of(file(name)); }

void RunDirectory::let_pass(gid_t group, const std::string& name) const {
  for (auto folder = std::filesystem::path(file("sockets")); folder.has_relative_path();
       folder = folder.parent_path()) {
    const struct stat status = status_of(folder.string() + "/.");
    if ((status.st_mode & S_IXOTH) != 0 || (status.st_gid == group && (status.st_mode & S_IXGRP) != 0))
      continue;
    throw Failure(
        fmt::format("the group {} cannot pass through {} to the sockets: name another folder with --run-dir",
                    name, folder.string()));
  }
}

void write_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const auto fail = [&](const char* step) {
    return Failure(fmt::format("cannot {} {}: {}", step, fresh, std::strerror(errno)));
  };
  const posix::Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) throw fail("write");
  for (std::size_t done = 0; done < text.size();) {
    const auto size = ::write(file.get(), text.data() + done, text.size() - done);
    if (size == -1 && errno != EINTR) throw fail("write");
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  ::fchmod(file.get(), 0644);  // whatever the umask
  // Else, after a power cut, the name could be the new one's and the content nobody's.
  if (::fsync(file.get()) == -1) throw fail("write");
  if (::rename(fresh.c_str(), path.c_str()) == -1) throw fail("rename");
}

void write_changed_files(const std::string& folder, const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files) {
    const auto path = folder + "/" + name;
    if (std::filesystem::exists(path) && content_of(path) == text) continue;
    make_directory(std::filesystem::path(path).parent_path(), 0755);
    write_file(path, text);
  }
}

void make_trusted_directory(const std::string& path, const std::optional<posix::Account>& account,
                            const char* option) {
  make_directory(path, 0755);
  refuse_strange(path, ::geteuid(), option);
  if (!account) return;
  // As it is written, and where its links lead: whoever may write one of the folders above it may put another in its place.
  for (const auto& way : {std::filesystem::path(path), std::filesystem::canonical(path)}) {
    for (auto folder = way.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
      const struct stat status = status_of(folder.string() + "/.");
      const bool is_ours = status.st_uid == ::geteuid() || status.st_uid == 0;
      const bool is_open = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0;
      if (is_ours && !is_open) continue;
      throw Failure(fmt::format("others may replace {}, as {} is theirs to write: name another with {}", path,
                                folder.string(), option));
    }
  }
}

void make_state_directory(const std::string& path, const std::optional<posix::Account>& account) {
  const bool made = make_directory(path, 0700);
  const bool given = account && status_of(path).st_uid != ::geteuid();
  refuse_strange(path, given ? account->user : ::geteuid(), "--state-dir");
  if (account && !given) {
    // What somebody has put there is not given away: an empty one (a fresh volume) is.
    if (!made && !std::filesystem::is_empty(path)) {
      throw Failure(
          fmt::format("{} holds files and is root's, not {}'s: chown it, or name another with --state-dir",
                      path, account->name));
    }
    if (::lchown(path.c_str(), account->user, account->group) == -1)
      throw Failure(fmt::format("cannot give {} to {}: {}", path, account->name, std::strerror(errno)));
  }
  if (account) refuse_unreachable(path, *account, "--state-dir");
}

}  // namespace stile::supervisor
