#include "supervisor/tls_files.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::supervisor {
namespace {

// Of the file itself, behind symbolic links: that is how certificates are renewed, and how containers mount secrets.
struct stat opened_status(const std::string& path, const char* setting) {
  // Opened, since what counts is whether it can be; without waiting, since it may be a FIFO.
  const posix::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) == -1)
    throw Failure(fmt::format("cannot read {} {}: {}", setting, path, std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) throw Failure(fmt::format("{} {} is not a file", setting, path));
  if ((status.st_uid != ::geteuid() && status.st_uid != 0) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw Failure(
        fmt::format("{0} {1} may be written by others: chown it, or chmod go-w {1}", setting, path));
  }
  return status;
}

}  // namespace

void check_tls_files(const std::string& certificate, const std::string& key,
                     const std::optional<posix::Account>& account) {
  opened_status(certificate, "tls_cert");
  const struct stat status = opened_status(key, "tls_key");
  // A group may read it, as Debian's ssl-cert does, and as a secret is mounted for an account that is not root.
  if ((status.st_mode & S_IROTH) != 0)
    throw Failure(fmt::format("tls_key {0} may be read by others: chmod o-r {0}", key));
  const auto is_in_group = [&] {
    const auto& groups = account->groups;
    return status.st_gid == account->group ||
           std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
  };
  if (account && (status.st_mode & S_IRGRP) != 0 && is_in_group()) {
    throw Failure(fmt::format("tls_key {0} may be read by {1}, the account of the functions: chmod g-r {0}",
                              key, account->name));
  }
}

}  // namespace stile::supervisor
