// Two requests, and then none for a minute.
#include <stile/function.hpp>

using namespace stile;

Json GET() { return "rare"; }

const Settings settings{.rate = Rate{.requests = 1, .per = 1min, .burst = 2},
                        .cors = Cors{.origins = {"http://localhost:*"}}};
