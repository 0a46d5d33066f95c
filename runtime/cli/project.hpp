// The compiled functions of a project, and what they become once the settings are known. Knows the build's
// folder, not how it was made. One thread.
#pragma once

#include <string>
#include <vector>

#include "cli/configuration.hpp"
#include "cli/settings.hpp"
#include "manifest/deployment.hpp"

namespace stile::cli {

/// One worker program and what it says of itself.
struct BuiltFunction {
  Manifest manifest;
  std::string executable;  ///< absolute
};

/// Reads functions.json of an absolute folder and the manifests beside it (docs/architecture.md). Throws
/// Failure.
std::vector<BuiltFunction> read_functions(const std::string& folder);

/// The project as it is to be served: each function at its own route and at those that the configuration
/// adds, sorted by path. Pure. Throws UsageError where the configuration names what is not
/// there or two routes meet, Failure where a function's own numbers or a socket's path can't be.
Deployment deploy(const std::vector<BuiltFunction>& functions, const Configuration& configuration,
                  const Resolved& settings);

}  // namespace stile::cli
