// A function as it is served: one build of it, with its numbers. What a worker runs is opened once and executed by
// descriptor: the account of the functions need not be able to reach the checkout, a rebuild does not change what
// is served, and the build before can be put back. One thread.
#pragma once

#include <sys/stat.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "manifest/deployment.hpp"
#include "posix/account.hpp"
#include "posix/fd.hpp"

namespace stile::supervisor {

struct Executable {
  posix::Fd file;  ///< open for reading
  std::string path;
  mutable std::string identity{};  ///< identity_of(), once it was asked for
};

/// Sixteen hexadecimal digits of the content: builds that are the same have the same, in each run. Reads it all the first time.
/// Throws Failure.
const std::string& identity_of(const Executable& executable);
/// The same of what stands at a path now.
std::string identity_of(const std::string& path);

/// What the files of the build are, each opened once for as long as it stays the same.
class Executables {
 public:
  /// `account`, or nullptr, is who will execute them; borrowed.
  explicit Executables(const posix::Account* account) : account_(account) {}

  /// What stands at `path` now. The same object as before where the file is the same, or has the content of one that somebody
  /// still has: to be built again, or mended, changes nothing. Throws Failure.
  std::shared_ptr<const Executable> open(const std::string& path);

 private:
  struct Seen {
    std::shared_ptr<const Executable> executable;
    struct stat status {};
    std::vector<std::pair<std::weak_ptr<const Executable>, struct stat>> earlier{};
  };
  static std::shared_ptr<const Executable> find(Seen& seen, int file, const struct stat& status);
  const posix::Account* account_;
  std::map<std::string, Seen> seen_;
};

struct Revision {
  DeployedFunction function;
  std::shared_ptr<const Executable> executable;
};

/// The function, with the generation of its kept answers where it keeps any: those of one build are not another one's.
DeployedFunction as_served(const Revision& revision);

/// A worker of the one is as good as a worker of the other.
bool runs_the_same(const Revision& one, const Revision& other);

}  // namespace stile::supervisor
