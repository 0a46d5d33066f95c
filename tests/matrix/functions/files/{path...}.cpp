#include <stile/function.hpp>

using namespace stile;

// By a key or by a token, below many paths.
Json GET(Path<"path"> path) { return *path; }
Json PUT(Path<"path"> path, const Request& request) { return {{*path, request.body().size()}}; }
Json PATCH(Path<"path"> path) { return *path; }

const Settings settings{.access = Access::jwt() | Access::api_key(),
                        .caller_rate = Rate{.requests = 4, .per = 1h, .burst = 2},
                        .cors = Cors{.origins = {"*"}, .max_age = 0s}};
