#include "posix/account.hpp"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "posix/failure.hpp"

namespace stile::posix {

Account find_account(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr)
    throw Failure(fmt::format("no account '{}' on this machine: name another with --user", name));
  if (entry->pw_uid == 0) throw Failure("functions never run as root: name another account with --user");
  Account account{name, entry->pw_uid, entry->pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), account.group, account.groups.data(), &count) == -1) {
    account.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(name.c_str(), account.group, account.groups.data(), &count);
  }
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

std::optional<Account> account_to_become(const std::string& name) {
  if (::geteuid() != 0) return std::nullopt;
  return find_account(name);
}

gid_t find_group(const std::string& name) {
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr)
    throw Failure(fmt::format("no group '{}' on this machine: name another with --socket-group", name));
  return entry->gr_gid;
}

bool is_member(gid_t group) {
  if (group == ::getegid()) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  if (::getgroups(static_cast<int>(groups.size()), groups.data()) == -1) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool become(const Account& account) noexcept {
  // Raw calls: glibc's own tell every thread, which is not for a child of a process that had several.
  return ::syscall(SYS_setgroups, account.groups.size(), account.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, account.group, account.group, account.group) == 0 &&
         ::syscall(SYS_setresuid, account.user, account.user, account.user) == 0;
}

}  // namespace stile::posix
