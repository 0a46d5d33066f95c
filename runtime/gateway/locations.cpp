#include "gateway/locations.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace stile::gateway {
namespace {

using Kind = Segment::Kind;

// Index of the first segment that is no literal.
std::size_t literal_length(const Route& route) {
  const auto& segments = route.segments();
  const auto first =
      std::find_if(segments.begin(), segments.end(), [](auto& s) { return s.kind != Kind::literal; });
  return static_cast<std::size_t>(first - segments.begin());
}

bool is_literal(const Route& route) { return literal_length(route) == route.segments().size(); }

std::vector<std::string> literal_prefix(const Route& route) {
  std::vector<std::string> prefix;
  for (std::size_t i = 0; i < literal_length(route); ++i) prefix.push_back(route.segments()[i].text);
  return prefix;
}

std::string prefix_path(const std::vector<std::string>& prefix) {
  std::string path = "/";
  for (const auto& segment : prefix) path += segment + "/";
  return path;
}

// `[^/]+` takes a newline too, and \z, unlike $, does not match before one.
std::string expression_of(const Route& route) {
  std::string expression = "^";
  for (const auto& segment : route.segments()) {
    expression += '/';
    if (segment.kind == Kind::rest) return expression;
    if (segment.kind == Kind::parameter) expression += "[^/]+";
    if (segment.kind != Kind::literal) continue;
    for (const char c : segment.text) {
      if (c == '.') expression += '\\';
      expression += c;
    }
  }
  return expression + "\\z";
}

enum class Reach { nothing, some, everything };

// How much of what lies below a prefix a route matches. Routes that have more literals at their start than
// the prefix match nothing here: their paths are in a longer prefix's care.
Reach reach_below(const std::vector<std::string>& prefix, const Route& route) {
  if (literal_length(route) > prefix.size()) return Reach::nothing;
  const auto& segments = route.segments();
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (i == segments.size()) return Reach::nothing;
    if (segments[i].kind == Kind::rest) return Reach::everything;
    if (segments[i].kind == Kind::literal && segments[i].text != prefix[i]) return Reach::nothing;
  }
  if (segments.size() == prefix.size()) return Reach::nothing;
  return segments[prefix.size()].kind == Kind::rest ? Reach::everything : Reach::some;
}

// The routes with parameters, to be asked for by prefix. Looking only at those whose literal start is a start
// of the prefix keeps a thousand routes under distinct prefixes from being compared with each other.
class Candidates {
 public:
  explicit Candidates(const std::vector<Route>& routes) : routes_(routes) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (!is_literal(routes[i])) by_start_[prefix_path(literal_prefix(routes[i]))].push_back(i);
    }
  }

  /// Indexes of the routes that may match below the prefix, the ones that win first.
  std::vector<std::size_t> below(const std::vector<std::string>& prefix) const {
    std::vector<std::size_t> result;
    for (std::size_t length = 0; length <= prefix.size(); ++length) {
      const auto end = prefix.begin() + static_cast<std::ptrdiff_t>(length);
      const auto found = by_start_.find(prefix_path({prefix.begin(), end}));
      if (found != by_start_.end()) result.insert(result.end(), found->second.begin(), found->second.end());
    }
    std::sort(result.begin(), result.end(),
              [&](std::size_t a, std::size_t b) { return wins_over(routes_[a], routes_[b]); });
    return result;
  }

 private:
  const std::vector<Route>& routes_;
  std::map<std::string, std::vector<std::size_t>> by_start_;
};

Location make_prefix(const std::vector<std::string>& start, const std::vector<Route>& routes,
                     const std::vector<std::size_t>& candidates) {
  Location location{false, prefix_path(start), {}, std::nullopt};
  for (const auto route : candidates) {
    const auto reach = reach_below(start, routes[route]);
    if (reach == Reach::everything) {
      location.route = route;
      break;
    }
    if (reach == Reach::some) location.patterns.push_back({expression_of(routes[route]), route});
  }
  return location;
}

std::optional<std::size_t> winner_for(const std::string& path, const std::vector<Route>& routes,
                                      const std::vector<std::size_t>& candidates) {
  const auto winner = std::find_if(candidates.begin(), candidates.end(),
                                   [&](std::size_t i) { return routes[i].match(path).has_value(); });
  return winner == candidates.end() ? std::nullopt : std::optional(*winner);
}

}  // namespace

std::vector<Location> make_locations(const std::vector<Route>& routes) {
  std::map<std::string, Location> exact;
  std::map<std::string, Location> prefixes;
  std::set<std::vector<std::string>> starts{{}};
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (is_literal(routes[i])) {
      exact[routes[i].pattern()] = {true, routes[i].pattern(), {}, i};
    } else {
      starts.insert(literal_prefix(routes[i]));
    }
  }
  const Candidates candidates(routes);
  for (auto start : starts) {
    auto location = make_prefix(start, routes, candidates.below(start));
    // Where "/files/" is served nginx would answer "/files" by a redirect, unless a location says otherwise.
    if (location.route && !start.empty()) {
      const auto path = location.path.substr(0, location.path.size() - 1);
      start.pop_back();
      exact.try_emplace(path, Location{true, path, {}, winner_for(path, routes, candidates.below(start))});
    }
    prefixes.emplace(location.path, std::move(location));
  }
  std::vector<Location> locations;
  for (auto* group : {&exact, &prefixes}) {
    for (auto& entry : *group) locations.push_back(std::move(entry.second));
  }
  return locations;
}

}  // namespace stile::gateway
