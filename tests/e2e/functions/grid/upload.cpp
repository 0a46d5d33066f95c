// Takes small bodies of JSON.
#include <stile/function.hpp>

using namespace stile;

Json POST(Body<Json> body) { return {{"got", *body}}; }

const Settings settings{.max_body = 1000};
