#include <stile/function.hpp>

using namespace stile;

// Says nothing: all of it is its folder's.
Json GET() { return "plain"; }
Json PUT(Body<Json> body) { return *body; }
