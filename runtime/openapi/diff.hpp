// What breaks clients that were written against one OpenAPI document (3.1) when the server is what another one says.
// Knows no files. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stile::openapi {

struct BreakingChange {
  std::string method;  ///< "GET"; empty where all of a path is concerned
  std::string path;    ///< "/api/notes/{id}", as it was before; empty where all of the document is
  std::string
      place;  ///< `query parameter "limit"`, `request body "/tags/items"`, `response 200 "/title"`, or empty
  std::string what;  ///< "is required now"

  /// In one line: `GET /api/notes: query parameter "limit" is required now`.
  std::string text() const;
  friend bool operator==(const BreakingChange&, const BreakingChange&) = default;
};

/// In the order of paths, methods and places. Requests break where they are narrowed, responses where they are widened:
/// - requests: a parameter, member, type, value, alternative or media type that is no longer taken or read, something
///   that is new and required, tighter bounds, patterns and formats, unknown members refused;
/// - responses: a 2xx or 3xx status, media type, header or member that is gone or may be missing, a type, value or
///   alternative that could not come before, another format. Not bounds and patterns: a client reads what comes; not
///   new members and statuses: a client leaves aside what it does not know.
/// No break: what only documents say (descriptions, examples, defaults, names of operations and components,
/// deprecation), order, other names of path parameters. What differs and is not understood here is named as something
/// that may break.
/// Never throws for what the documents hold; takes a bounded time, and says where it has left off.
std::vector<BreakingChange> breaking_changes(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace stile::openapi
