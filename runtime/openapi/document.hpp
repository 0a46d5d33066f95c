// The OpenAPI document of a deployment. Knows what the manifests say, not what a function's types are. Pure; any
// thread.
#pragma once

#include <string>

#include "manifest/deployment.hpp"

namespace stile {

/// The document (OpenAPI 3.1) as JSON: each function's path with its prefix, its methods but HEAD and OPTIONS, its path
/// parameters. The same deployment gives the same bytes.
std::string openapi_document(const Deployment& deployment);

}  // namespace stile
