#include "stile/endpoints.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "stile/json.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

std::vector<ServedEndpoint> parse_list(const std::string& text) {
  std::vector<ServedEndpoint> list;
  detail::Faults faults;
  JsonType<std::vector<ServedEndpoint>>::read(parse_json(text), Place(faults, {detail::In::body, {}}), list);
  if (!faults.empty()) throw faults.problem();
  return list;
}

}  // namespace

// The one function of this room that reads a file: for an endpoint that asks for the list, not for dispatch.
std::vector<ServedEndpoint> endpoints() {
  const char* path = std::getenv("STILE_ENDPOINTS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (path == nullptr || *path == '\0') return {};
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error(fmt::format("the list of endpoints, {}, can't be read", path));
  try {
    return parse_list(text);
  } catch (const Problem& problem) {  // the client has no part in this one
    throw std::runtime_error(fmt::format("the list of endpoints, {}: {}", path, problem.detail()));
  }
}

}  // namespace stile
