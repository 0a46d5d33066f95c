// Which process answers.
#include <unistd.h>
#include <stile/function.hpp>

stile::Json GET() { return {{"pid", ::getpid()}}; }
stile::Json POST(const stile::Request& request) {
  return {{"pid", ::getpid()}, {"length", request.body().size()}};
}
