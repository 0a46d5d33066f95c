// The compiled functions of a project, and what they become once the settings are known. Knows the build's
// folder, not how it was made. One thread.
#pragma once

#include <map>
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
  bool is_kept = false;    ///< in development: what is there now is refused, and what is served goes on
};

/// Reads functions.json of an absolute folder and the manifests beside it (docs/architecture.md). Throws
/// Failure.
std::vector<BuiltFunction> read_functions(const std::string& folder);

/// What development knows of a build: the first error of each file of a function ("notes/{id}.cpp"), and under an empty
/// name one that is of no such file.
using BuildErrors = std::map<std::string, std::string>;

/// The functions of a folder that is being built, and those that are not there, though their sources are.
struct PartlyBuilt {
  std::vector<BuiltFunction> functions;
  std::vector<std::string> missing;  ///< names
};

/// read_functions() for development. What was there in `before` and is not now stays: it is served still. Throws Failure.
PartlyBuilt read_partly_built(const std::string& folder, const std::vector<BuiltFunction>& before);

/// deploy(), with what is missing in Deployment::broken.
Deployment deploy_partly_built(const PartlyBuilt& built, const BuildErrors& errors,
                               Configuration configuration, const Resolved& settings);

/// The project as it is to be served: each function at its own route and at those that the configuration
/// adds, sorted by path. Pure. Throws UsageError where the configuration names what is not
/// there or two routes meet, Failure where a function's own numbers or a socket's path can't be.
Deployment deploy(const std::vector<BuiltFunction>& functions, const Configuration& configuration,
                  const Resolved& settings);

/// What workers are told of the tokens that stile.json accepts; empty where it accepts none.
std::string token_rules_of(const Configuration& configuration);

}  // namespace stile::cli
