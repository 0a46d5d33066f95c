#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::everyone().despite_folder()};

// Says in plain words that it asks for nothing.
Json GET() { return {{"for", "everyone"}}; }
