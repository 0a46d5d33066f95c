// An answer that is worth compressing.
#include <stile/function.hpp>

using namespace stile;

Json GET() { return {{"text", std::string(5000, 'x')}}; }
Response POST() { return Response::text(std::string(5000, 'x')); }
