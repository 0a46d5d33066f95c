#include <stile/function.hpp>

#include "_whoami.hpp"

using namespace stile;

const Settings settings{.access = Access::api_key()};

// Whoever has a key.
Json GET(const Caller& caller) { return whoami(caller); }
Json POST(const Caller& caller, Body<Json> body) { return {{"caller", caller.name}, {"sent", *body}}; }
