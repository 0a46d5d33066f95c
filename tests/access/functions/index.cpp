#include <stile/function.hpp>

using namespace stile;

// What there is.
Json GET() {
  Json all = Json::array();
  for (const auto& each : endpoints())
    all.push_back({{"path", each.path}, {"access", each.access.value_or("")}});
  return all;
}
