#include <stile/function.hpp>

#include "_whoami.hpp"

using namespace stile;

const Settings settings{.access = Access::jwt().scope("notes:write")};

// Whoever has a token with that scope.
Json GET(const Caller& caller) { return whoami(caller); }
