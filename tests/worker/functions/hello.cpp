// The smallest function: answers, and reads nothing of what came.
#include <stile/function.hpp>

stile::Json GET() { return {{"message", "hello"}}; }
stile::Json POST() { return {{"message", "posted"}}; }
