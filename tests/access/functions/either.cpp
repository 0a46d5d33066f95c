#include <stile/function.hpp>

#include "_whoami.hpp"

using namespace stile;

const Settings settings{.access = Access::api_key() | Access::jwt()};

// By a key or by a token.
Json GET(const Caller& caller) { return whoami(caller); }
