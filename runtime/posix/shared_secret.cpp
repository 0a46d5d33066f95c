#include "posix/shared_secret.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>
#include <stdexcept>

#include "posix/error.hpp"
#include "posix/fd.hpp"
#include "posix/random.hpp"

namespace stile::posix {
namespace {

void require_private(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(fmt::format("{} is not a file: remove it", path));
  if (status.st_uid != ::geteuid()) {
    throw std::runtime_error(fmt::format("{} belongs to another account (uid {}): chown it to uid {}", path,
                                         status.st_uid, ::geteuid()));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw std::runtime_error(fmt::format(
        "{0} may be read or written by others, who could know the secret in it: remove it, and a new "
        "one is made",
        path));
  }
}

// Nothing where there is no such file.
std::optional<Secret> read_secret(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) throw_errno("open " + path);
  struct stat status {};
  check(::fstat(file.get(), &status), "fstat");
  require_private(status, path);
  Secret secret{};
  const bool has_size = status.st_size == static_cast<off_t>(secret.size());
  if (!has_size || ::read(file.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    throw std::runtime_error(fmt::format("{} has {} bytes instead of {}: remove it, and a new one is made",
                                         path, status.st_size, secret.size()));
  }
  return secret;
}

// A file that is removed where it was not renamed. Its name is nobody else's.
class Draft {
 public:
  explicit Draft(const std::string& path) {
    std::array<std::byte, 8> number{};
    fill_random(number);
    path_ = path + '.';
    for (const auto byte : number) path_ += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_) throw_errno("create " + path_);
  }
  ~Draft() { ::unlink(path_.c_str()); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void write(std::span<const std::byte> bytes) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written >= 0 && written != static_cast<ssize_t>(bytes.size())) errno = ENOSPC;
    if (written != static_cast<ssize_t>(bytes.size()) || ::fchmod(file_.get(), 0600) == -1 ||
        ::fsync(file_.get()) == -1)
      throw_errno("write " + path_);
  }
  /// Leaves a file that is there already.
  void publish_as(const std::string& path) {
    if (::link(path_.c_str(), path.c_str()) == -1 && errno != EEXIST) throw_errno("make " + path);
  }

 private:
  std::string path_;
  Fd file_;
};

}  // namespace

Secret shared_secret(const std::string& path) {
  if (const auto secret = read_secret(path)) return *secret;
  Secret made{};
  fill_random(made);
  Draft draft(path);
  draft.write(made);
  draft.publish_as(path);
  if (const auto secret = read_secret(path)) return *secret;  // of whoever came first
  throw std::runtime_error(fmt::format("{} was removed just when it was made", path));
}

}  // namespace stile::posix
