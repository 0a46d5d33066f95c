#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::api_key().scope("staff")};

// Tells that nobody comes here who is not let in.
Response around(const Caller& caller, Next<> next) { return next().header("X-Staff", caller.name); }
