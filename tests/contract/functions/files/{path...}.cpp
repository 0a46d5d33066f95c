#include <stile/function.hpp>

using namespace stile;

// What stands there, as anything.
Response GET(Path<"path", std::string, length(2, 8)> path) { return Response::text(*path); }

[[deprecated("use GET")]] Created<Json> PUT(Path<"path"> path, Body<Json> content) {
  return {"/api/files/" + std::to_string(path->size()), *content};
}
