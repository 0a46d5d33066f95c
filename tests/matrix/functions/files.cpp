#include <stile/function.hpp>

using namespace stile;

// Kept, and neither counted nor for other origins.
Json GET() { return Json::array(); }

const Settings settings{.cache = 10min};
