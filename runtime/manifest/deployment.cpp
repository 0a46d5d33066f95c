#include "manifest/deployment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::size_t max_id_bytes = 48;
constexpr std::size_t hash_digits = 8;

// FNV-1a. It has to be the same in every build and run, which std::hash does not promise.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// What a reader would call the route; several routes may have the same one.
std::string plain_id(const std::string& pattern) {
  const Route route = Route::parse(pattern);
  std::string id;
  for (const Segment& segment : route.segments()) {
    if (!id.empty()) id += '.';
    id += segment.text;
  }
  return id.empty() ? "index" : id;
}

// `attempt` 0 is the plain id, where that can be one at all.
std::string id_for(const std::string& pattern, unsigned attempt) {
  std::string id = plain_id(pattern);
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; };
  const bool begins_well = is_letter(id.front()) || is_digit(id.front());
  const bool fits = begins_well && id.size() <= max_id_bytes && std::all_of(id.begin(), id.end(), allowed);
  if (fits && attempt == 0) return id;
  std::replace_if(
      id.begin(), id.end(), [&](char c) { return !allowed(c); }, '-');
  if (!begins_well) id.insert(0, "x");  // no hidden file, nothing that looks like an option
  id.resize(std::min(id.size(), max_id_bytes - hash_digits - 1));
  const auto hash = hash_of(pattern + std::string(attempt, ' ')) >> (64U - 4U * hash_digits);
  return fmt::format("{}-{:0{}x}", id, hash, hash_digits);
}

}  // namespace

std::vector<std::string> make_ids(const std::vector<std::string>& patterns) {
  if (std::set(patterns.begin(), patterns.end()).size() != patterns.size()) {
    throw std::invalid_argument("two functions have the same route");
  }
  std::vector<unsigned> attempts(patterns.size(), 0);
  for (;;) {
    std::vector<std::string> ids;
    std::map<std::string, unsigned> uses;
    for (std::size_t i = 0; i < patterns.size(); ++i)
      ++uses[ids.emplace_back(id_for(patterns[i], attempts[i]))];
    if (uses.size() == ids.size()) return ids;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if (uses[ids[i]] > 1) ++attempts[i];
    }
  }
}

void check_routes(const Deployment& deployment) {
  std::map<std::string, const DeployedFunction*> by_shape;
  for (const DeployedFunction& function : deployment.functions) {
    const auto [other, fresh] = by_shape.emplace(function.route.shape(), &function);
    if (fresh) continue;
    throw std::invalid_argument(fmt::format("{} and {} have the same route, {}: rename or remove one of them",
                                            other->second->manifest.file, function.manifest.file,
                                            function.route.pattern()));
  }
}

}  // namespace stile
