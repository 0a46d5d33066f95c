// One that has nothing to do with the others.
#include <unistd.h>
#include <stile/function.hpp>

stile::Json GET() { return {{"pid", ::getpid()}}; }
stile::Json POST() { return {{"pid", ::getpid()}}; }

const stile::Settings settings{.queue = 256};
