// The files that say who may call: whether those that a deployment needs are there, and are to be believed. One thread.
#pragma once

#include "cli/settings.hpp"
#include "manifest/access_policy.hpp"
#include "manifest/deployment.hpp"

namespace stile::cli {

/// Whether that is a way to call it.
bool takes(const DeployedFunction& function, AccessScheme::Kind kind);

/// Of what is about to be served. Throws Failure where a key of tokens is missing, or where the functions' account could put API
/// keys of its own into the place of root's.
void check_access_files(const Deployment& deployment, const Resolved& settings);

}  // namespace stile::cli
