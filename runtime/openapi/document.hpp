// The OpenAPI document (3.1) of a deployment, put together of what each function's build has written of it. Knows no
// function's types. Pure; any thread.
#pragma once

#include <functional>
#include <string>

#include "manifest/deployment.hpp"

namespace stile {

/// A function's fragment (endpoint/document.hpp) as text; empty where there is none: then only its methods are told.
using FragmentOf = std::function<std::string(const DeployedFunction& function)>;

/// JSON text. Paths are whole, prefix included, in the order in which their routes stand. Structs of one name that are the
/// same are one component; others are told apart by their function's id. The same input gives the same bytes. Throws
/// std::invalid_argument that names the function whose fragment can't be read.
std::string openapi_document(const Deployment& deployment, const FragmentOf& fragment_of);

}  // namespace stile
