// Goes back to zero as soon as it has nothing to do.
#include <unistd.h>
#include <stile/function.hpp>

using namespace stile;

Json GET() { return {{"pid", ::getpid()}}; }
Json POST() { return {{"pid", ::getpid()}}; }

const Settings settings{.concurrency = 2, .idle_timeout = 3ms};
