#include "cli/access_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "access/token_rules.hpp"
#include "cli/keys.hpp"
#include "posix/failure.hpp"
#include "posix/secret_file.hpp"

namespace stile::cli {
namespace {

using Kind = AccessScheme::Kind;

bool any_takes(const Deployment& deployment, Kind kind) {
  return std::any_of(deployment.functions.begin(), deployment.functions.end(),
                     [&](const DeployedFunction& function) { return takes(function, kind); });
}

void check_token_keys(const std::string& token_rules) {
  const auto rules = access::parse_token_rules(token_rules);
  const bool is_set = rules.key_file.empty();
  const auto& path = is_set ? rules.jwks_file : rules.key_file;
  try {
    if (!posix::read_guarded_file(path, access::longest_token_key_file))
      throw Failure("there is no file " + path);
  } catch (const std::runtime_error& error) {
    throw Failure(fmt::format("stile.json: /jwt/{}: {}: no token could be checked", is_set ? "jwks" : "key",
                              error.what()));
  }
}

}  // namespace

bool takes(const DeployedFunction& function, AccessScheme::Kind kind) {
  if (!function.manifest.access) return false;
  const auto& schemes = function.manifest.access->schemes;
  return std::any_of(schemes.begin(), schemes.end(), [&](const auto& scheme) { return scheme.kind == kind; });
}

void check_access_files(const Deployment& deployment, const Resolved& settings) {
  if (any_takes(deployment, Kind::jwt)) check_token_keys(deployment.token_rules);
  if (any_takes(deployment, Kind::api_key)) check_keys_file(settings);
}

}  // namespace stile::cli
