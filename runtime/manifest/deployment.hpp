// A project as it is served: its functions with their whole routes, their numbers and where their sockets
// are. Made once by the command line from manifests and configuration; read by the supervisor and by the
// gateway. Pure data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.hpp"

namespace stile {

struct DeployedFunction {
  Manifest manifest;  ///< its route is the one that is served, its file's or another
  Route route;        ///< the same, prefix included
  ResolvedLimits limits;
  std::string id;  ///< unique, readable, of [A-Za-z0-9._-], at most 48 bytes: names sockets, upstreams
  std::string executable;            ///< absolute
  std::vector<std::string> sockets;  ///< absolute, one for each instance; at most 107 bytes each (sun_path)
  std::vector<std::string> environment{};  ///< names of all variables that its processes get
  std::string
      generation{};  ///< of what is kept of its answers: [A-Za-z0-9-]; another one, and none of before is found
  bool is_kept = false;  ///< where it is served already, by whatever program that is: not by a newer one
};

/// An endpoint in development that has not been built yet: who asks for it is told why.
struct BrokenEndpoint {
  Route route;        ///< prefix included
  std::string error;  ///< one line
};

/// What the OpenAPI document says of the whole.
struct ApiInfo {
  std::string title = "API";
  std::string version = "0.1.0";  ///< of the API, not of Stile
  std::string description = "Served by Stile.";
  std::string contact{};  ///< a URL or an address; empty: none
  std::string license{};  ///< its identifier in SPDX's list; empty: none
  std::vector<std::string> servers{"/"};
};

struct Deployment {
  std::string prefix;  ///< "/api", or empty
  std::vector<DeployedFunction> functions;
  std::vector<BrokenEndpoint> broken{};
  ApiInfo api{};
  std::string token_rules{};  ///< for workers (access/token_rules.hpp); empty: no token is accepted
};

/// An id for each route pattern: "/todos/{id}" -> "todos.id"; a short hash is added where that is ambiguous,
/// holds other characters or is too long. The same input gives the same ids.
std::vector<std::string> make_ids(const std::vector<std::string>& patterns);

/// Throws std::invalid_argument that names both files where two functions have routes of the same shape.
void check_routes(const Deployment& deployment);

}  // namespace stile
