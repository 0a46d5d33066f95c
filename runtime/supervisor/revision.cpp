#include "supervisor/revision.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "posix/failure.hpp"

namespace stile::supervisor {
namespace {

bool is_same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool is_unwritten(const struct stat& one, const struct stat& other) {
  return one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
         one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

bool has_same_content(int one, int other) {
  std::array<std::array<char, 65536>, 2> rooms;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
  for (off_t at = 0;;) {
    const auto size = ::pread(one, rooms[0].data(), rooms[0].size(), at);
    if (size < 0 || ::pread(other, rooms[1].data(), rooms[1].size(), at) != size) return false;
    if (size == 0) return true;
    if (std::memcmp(rooms[0].data(), rooms[1].data(), static_cast<std::size_t>(size)) != 0) return false;
    at += size;
  }
}

// FNV-1a over words of eight bytes, which is soon done with the megabytes of a program. Nobody has a use for two builds that
// are told apart by content and not by this: who makes builds may serve what he likes.
std::string content_identity(int file, const std::string& path) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  std::array<std::uint64_t, 8192> room{};
  for (off_t at = 0;;) {
    const auto size = ::pread(file, room.data(), sizeof(room), at);
    if (size < 0) throw Failure(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (size == 0) break;
    at += size;
    const auto bytes = static_cast<std::size_t>(size);
    if (bytes % sizeof(std::uint64_t) != 0)
      std::memset(reinterpret_cast<char*>(room.data()) + bytes, 0,
                  sizeof(std::uint64_t) - bytes % sizeof(std::uint64_t));
    for (std::size_t i = 0; i < (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t); ++i) {
      hash = (hash ^ room.at(i)) * 0x100000001b3U;
      hash ^= hash >> 32U;  // the multiplication alone never carries a high bit down
    }
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace

const std::string& identity_of(const Executable& executable) {
  if (executable.identity.empty())
    executable.identity = content_identity(executable.file.get(), executable.path);
  return executable.identity;
}

std::string identity_of(const std::string& path) {
  const posix::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw Failure(fmt::format("cannot open {}: {}: build first", path, std::strerror(errno)));
  return content_identity(file.get(), path);
}

DeployedFunction as_served(const Revision& revision) {
  DeployedFunction function = revision.function;
  if (function.limits.cache.count() > 0) function.generation = identity_of(*revision.executable);
  return function;
}

std::shared_ptr<const Executable> Executables::open(const std::string& path) {
  posix::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) == -1)
    throw Failure(fmt::format("cannot open {}: {}: build first", path, std::strerror(errno)));
  if (account_ != nullptr && (status.st_mode & 0005U) != 0005U) {
    if (::fchmod(file.get(), 0755) == -1)
      throw Failure(fmt::format("{} cannot execute {}", account_->name, path));
    ::fstat(file.get(), &status);
  }
  auto& seen = seen_[path];
  auto known = find(seen, file.get(), status);
  if (seen.executable && known != seen.executable) seen.earlier.emplace_back(seen.executable, seen.status);
  seen.executable =
      known ? std::move(known) : std::make_shared<const Executable>(Executable{std::move(file), path});
  seen.status = status;
  return seen.executable;
}

// One that was written in place is another one: there is nothing left to compare it with.
std::shared_ptr<const Executable> Executables::find(Seen& seen, int file, const struct stat& status) {
  const auto is_it = [&](const Executable& one, const struct stat& before) {
    return is_same_file(before, status) ? is_unwritten(before, status)
                                        : has_same_content(one.file.get(), file);
  };
  if (seen.executable && is_it(*seen.executable, seen.status)) return seen.executable;
  std::erase_if(seen.earlier, [](const auto& one) { return one.first.expired(); });
  for (const auto& [executable, before] : seen.earlier) {
    if (auto one = executable.lock(); one && is_it(*one, before)) return one;
  }
  return nullptr;
}

bool runs_the_same(const Revision& one, const Revision& other) {
  const auto& a = one.function;
  const auto& b = other.function;
  return one.executable == other.executable && a.manifest.name == b.manifest.name &&
         a.manifest.route.pattern() == b.manifest.route.pattern() && a.limits.timeout == b.limits.timeout &&
         a.limits.concurrency == b.limits.concurrency && a.limits.max_body == b.limits.max_body &&
         a.limits.max_requests == b.limits.max_requests && a.limits.max_memory == b.limits.max_memory &&
         a.limits.slow == b.limits.slow;
}

}  // namespace stile::supervisor
