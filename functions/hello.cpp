#include <stile/function.hpp>

stile::Json GET() { return {{"message", "Hello, World!"}}; }
