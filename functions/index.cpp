#include <stile/function.hpp>

using namespace stile;

struct Index {
  std::vector<ServedEndpoint> endpoints;
};
STILE_DESCRIBE(Index, endpoints)

// What this API has.
Index GET() { return {endpoints()}; }
