#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::api_key(), .caller_rate = Rate{.requests = 60, .per = 1h}};

// Sixty times an hour for each caller.
Json GET() { return {{"for", "callers"}}; }
