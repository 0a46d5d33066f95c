// An answer that is worth compressing, or as long as it is asked for.
#include <stile/function.hpp>

using namespace stile;

Json GET(Query<"bytes", int, 5000> bytes) {
  return {{"text", std::string(static_cast<std::size_t>(*bytes), 'x')}};
}
Response POST() { return Response::text(std::string(5000, 'x')); }
