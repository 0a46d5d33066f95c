// What every page may call, for reading alone, and not often.
#include <stile/function.hpp>

using namespace stile;

Json GET() { return "open"; }
Json POST() { return "changed"; }

const Settings settings{
    .rate = Rate{.requests = 1, .per = 1min, .burst = 3},
    .cors = Cors{.origins = {"*"}, .methods = {"GET"}, .headers = {"X-Any"}, .max_age = 0s}};
