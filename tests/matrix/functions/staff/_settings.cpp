#include <stile/function.hpp>

using namespace stile;

// A guard, a rate and a size for all that lies here.
const Settings settings{
    .access = Access::api_key().scope("staff"), .max_body = 200, .rate = Rate{.requests = 3, .per = 1min}};
