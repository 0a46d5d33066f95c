// Leaves after some requests, for another one in its place.
#include <unistd.h>
#include <stile/function.hpp>

using namespace stile;

Json GET() { return {{"pid", ::getpid()}}; }
Json POST() { return {{"pid", ::getpid()}}; }

const Settings settings{.concurrency = 4, .max_requests = 2000};
