#include <stile/function.hpp>

using namespace stile;

struct Remark {
  std::string text;
};
STILE_DESCRIBE(Remark, (text, length(1, 10)), (struct, closed))

// How long a text is.
Json POST(Body<std::string> text) { return {{"bytes", text->size()}}; }

// How many bytes there are.
Json PUT(Body<std::vector<std::byte>> bytes) { return {{"bytes", bytes->size()}}; }

// What may be said, or not.
std::optional<Remark> PATCH(Body<std::optional<Remark>> remark) { return *remark; }
