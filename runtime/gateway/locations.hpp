// Routes as nginx's locations: which ones there have to be so that nginx chooses, for every path, the route
// that wins. Knows nothing of nginx's syntax beyond regular expressions, nor of what stands in a location.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifest/route.hpp"

namespace stile::gateway {

/// A regular expression (anchored, for the decoded path) and the index of the route that it stands for.
struct Pattern {
  std::string expression;
  std::size_t route = 0;
};

/// nginx takes an exact location if there is one, else the longest prefix, and below that the first pattern.
struct Location {
  bool exact = false;
  std::string path;                  ///< a prefix ends with "/"
  std::vector<Pattern> patterns;     ///< of a prefix, in the order in which they win
  std::optional<std::size_t> route;  ///< what serves the rest; nothing: 404
};

/// Exact locations first, then prefixes, each sorted by path; a prefix "/" is always there. The routes differ
/// in their shape (check_routes()).
std::vector<Location> make_locations(const std::vector<Route>& routes);

}  // namespace stile::gateway
