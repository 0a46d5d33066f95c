// Says no rate of its own: the project's holds.
#include <stile/function.hpp>

stile::Json GET(const stile::Request& request) { return {{"client", request.client_address()}}; }
