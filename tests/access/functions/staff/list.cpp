#include <stile/function.hpp>

using namespace stile;

// Guarded by its folder alone.
Json GET() { return {{"for", "staff"}}; }
