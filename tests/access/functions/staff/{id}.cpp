#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::api_key().scope("staff:write").role("admin")};

// Asks for more than its folder.
Json DELETE(Path<"id", int> id) { return {{"gone", *id}}; }
