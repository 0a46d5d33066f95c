#include <stile/function.hpp>

using namespace stile;

// What this API has.
Json GET() {
  Json list = Json::array();
  for (const ServedEndpoint& endpoint : endpoints()) {
    list.push_back({{"path", endpoint.path}, {"methods", endpoint.methods}});
  }
  return {{"endpoints", std::move(list)}};
}
