#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::jwt().despite_folder()};

// Says in plain words that it asks for something else.
Json GET(const Caller& caller) { return {{"subject", caller.id}}; }
