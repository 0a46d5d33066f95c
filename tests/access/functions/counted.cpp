#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::api_key(), .caller_rate = Rate{.requests = 2, .per = 1h}};

// Twice an hour for each caller.
Json GET() { return {{"for", "callers"}}; }
