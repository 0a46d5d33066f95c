// `stile keys`: makes, lists and revokes API keys. A server that runs looks at their file by itself. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/settings.hpp"

namespace stile::cli {

struct KeysCommand {
  enum class Action : std::uint8_t { add, list, revoke };

  Action action = Action::list;
  std::string name{};  ///< of add: the new one's; of revoke: that, or an id
  std::vector<std::string> scopes{};
  std::vector<std::string> roles{};
  std::string expires{};  ///< how long it holds, as parse_lifetime() has it; empty: for good
  bool as_json = false;   ///< list
};

/// Does it, and prints the key or the list on standard output: a key is shown this once. Where it can't be printed it is taken
/// back. Throws UsageError for what can be no name, scope, role or time, Failure where it could not be done: no such key, a name
/// that is taken, a file that can't be read, written or understood.
void run_keys(const KeysCommand& command, const Resolved& settings);

/// Throws Failure where, as root, the file of API keys is one that others could have put there.
void check_keys_file(const Resolved& settings);

}  // namespace stile::cli
