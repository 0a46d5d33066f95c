// For pages of another server than any in these tests.
#include <stile/function.hpp>

using namespace stile;

Json GET() { return "closed"; }
Json PUT() { return "changed"; }

const Settings settings{.cors = Cors{.origins = {"http://localhost.example:*"}}};
