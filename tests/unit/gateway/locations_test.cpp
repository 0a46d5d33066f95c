#include "gateway/locations.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <regex>
#include <set>

using namespace stile;
using gateway::Location;
using gateway::make_locations;

namespace {

std::vector<Route> routes_of(const std::vector<std::string>& patterns) {
  std::vector<Route> routes;
  routes.reserve(patterns.size());
  for (const auto& pattern : patterns) routes.push_back(Route::parse(pattern));
  return routes;
}

// What nginx does with a path: an exact location, else the longest prefix and below that the first pattern.
std::optional<std::size_t> chosen(const std::vector<Location>& locations, const std::string& path) {
  const Location* best = nullptr;
  for (const auto& location : locations) {
    if (location.exact && location.path == path) return location.route;
    if (!location.exact && path.starts_with(location.path) &&
        (best == nullptr || best->path.size() < location.path.size()))
      best = &location;
  }
  REQUIRE(best != nullptr);
  for (const auto& pattern : best->patterns) {
    auto expression = pattern.expression;
    const bool whole = expression.ends_with("\\z");
    if (whole)
      expression.resize(expression.size() - 2);  // std::regex knows no \z, but regex_match is the same
    if (whole ? std::regex_match(path, std::regex(expression))
              : std::regex_search(path, std::regex(expression)))
      return pattern.route;
  }
  return best->route;
}

std::optional<std::size_t> winner(const std::vector<Route>& routes, const std::string& path) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (routes[i].match(path) && (!best || wins_over(routes[i], routes[*best]))) best = i;
  }
  return best;
}

const Location& find(const std::vector<Location>& locations, const std::string& path, bool exact) {
  const auto found = std::find_if(locations.begin(), locations.end(),
                                  [&](const Location& l) { return l.path == path && l.exact == exact; });
  REQUIRE(found != locations.end());
  return *found;
}

}  // namespace

TEST_CASE("A route without parameters is an exact location, and all else is not found") {
  const auto locations = make_locations(routes_of({"/api/hello", "/api"}));
  REQUIRE(locations.size() == 3);
  CHECK(find(locations, "/api/hello", true).route == 0);
  CHECK(find(locations, "/api", true).route == 1);
  CHECK_FALSE(find(locations, "/", false).route);
}

TEST_CASE("A catch-all is the body of its prefix, and its folder without the slash is no redirect") {
  const auto locations = make_locations(routes_of({"/api/files/{path...}"}));
  CHECK(find(locations, "/api/files/", false).route == 0);
  CHECK(find(locations, "/api/files/", false).patterns.empty());
  CHECK_FALSE(find(locations, "/api/files", true).route);

  const auto beside = make_locations(routes_of({"/api/files/{path...}", "/api/{name}"}));
  CHECK(find(beside, "/api/files", true).route == 1);
}

TEST_CASE("Expressions are anchored, and what means something in them is escaped") {
  const auto locations = make_locations(routes_of({"/v1.0/{id}/a~b", "/v1.0/{id}/x/{rest...}"}));
  const auto& patterns = find(locations, "/v1.0/", false).patterns;
  REQUIRE(patterns.size() == 2);
  CHECK(patterns[0].expression == "^/v1\\.0/[^/]+/a~b\\z");
  CHECK(patterns[1].expression == "^/v1\\.0/[^/]+/x/");
}

TEST_CASE("A longer prefix also knows the routes that match below it by a parameter") {
  const auto routes = routes_of({"/api/{kind}/list", "/api/books/{id}"});
  const auto locations = make_locations(routes);
  CHECK(chosen(locations, "/api/books/list") == 1);  // a literal before a parameter, from the left
  CHECK(chosen(locations, "/api/films/list") == 0);
  CHECK(chosen(make_locations(routes_of({"/api/{kind}/list/{page}", "/api/books/{id}"})),
               "/api/books/list/2") == 0);
}

TEST_CASE("Routes under distinct prefixes cost nothing to each other") {
  std::vector<std::string> patterns;
  patterns.reserve(1000);
  for (int i = 0; i < 1000; ++i) patterns.push_back("/api/r" + std::to_string(i) + "/{id}");
  for (const auto& location : make_locations(routes_of(patterns))) CHECK(location.patterns.size() <= 1);
}

TEST_CASE("For every path the location that nginx chooses is that of the route that wins") {
  std::mt19937 random(20261122);  // NOLINT(cert-msc51-cpp): the same cases in every run
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::vector<std::string> words{"a", "b", "c.d"};
  std::size_t matched = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Route> routes;
    std::set<std::string> shapes;
    const std::string prefix = pick(2) == 0 ? "" : "/a";
    for (std::size_t i = 0; i < 1 + pick(10); ++i) {
      std::string pattern = prefix;
      const auto length = pick(4);
      for (std::size_t k = 0; k < length; ++k)
        pattern += pick(2) == 0 ? "/" + words[pick(words.size())] : "/{p" + std::to_string(k) + "}";
      if (pick(4) == 0) pattern += "/{rest...}";
      const auto route = Route::parse(pattern.empty() ? "/" : pattern);
      if (shapes.insert(route.shape()).second) routes.push_back(route);
    }
    const auto locations = make_locations(routes);
    for (int i = 0; i < 100; ++i) {
      std::string path;
      for (std::size_t k = 0; k < 1 + pick(5); ++k) path += "/" + words[pick(words.size())];
      if (path.empty() || pick(6) == 0) path += "/";
      const auto expected = winner(routes, path);
      const auto actual = chosen(locations, path);
      INFO("path " << path);
      for (const auto& route : routes) UNSCOPED_INFO(route.pattern());
      // A catch-all takes no empty segment but a lone one: "/files/x/" may reach its worker, which then says
      // 404.
      if (path.ends_with('/') && actual != expected)
        REQUIRE_FALSE(routes[actual.value()].match(path));
      else
        REQUIRE(actual == expected);
      matched += expected ? 1 : 0;
    }
  }
  CHECK(matched > 5000);
}
