// Accounts and groups: the unprivileged one that functions and nginx's workers run as, and who may open their
// sockets. Any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace stile::posix {

struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< all of its groups
};

/// Looks the account up. Throws Failure where there is none, or where it is root's.
Account find_account(const std::string& name);

/// The account to run functions as: `name` where this process is root's, else nothing (they run as whoever
/// started it). Throws Failure as find_account().
std::optional<Account> account_to_become(const std::string& name);

/// Looks a group up. Throws Failure where there is none.
gid_t find_group(const std::string& name);

/// Is this process in that group?
bool is_member(gid_t group);

/// Becomes that account for good. Async-signal-safe: for a child between vfork and exec. Returns false with
/// errno set.
bool become(const Account& account) noexcept;

}  // namespace stile::posix
