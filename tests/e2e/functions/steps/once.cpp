#include <stile/function.hpp>

#include "steps/_shared.hpp"

using namespace stile;

// Stands in the outer step's folder alone.
Json GET(Handed<Depth> depth) { return {{"depth", depth->steps}}; }
