#include <stile/function.hpp>

using namespace stile;

// Whoever asks.
Json GET() { return {{"for", "everyone"}}; }
