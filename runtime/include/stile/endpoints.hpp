// What else this project serves. Reads a file; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <stile/described.hpp>

namespace stile {

struct ServedEndpoint {
  std::string path;                  ///< "/api/todos/{id}"
  std::vector<std::string> methods;  ///< "GET", "HEAD", "OPTIONS"
  std::optional<std::string>
      access{};  ///< who may call: "API key, scope notes:write"; unset in projects that guard nothing
};
STILE_DESCRIBE(ServedEndpoint, path, methods, (access, not_null))

/// All endpoints, in the order in which routes win. Empty for a worker that was started by hand, unless
/// STILE_ENDPOINTS names their list. Throws std::runtime_error where that list can't be read.
std::vector<ServedEndpoint> endpoints();

}  // namespace stile
