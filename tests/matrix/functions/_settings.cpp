#include <stile/function.hpp>

using namespace stile;

// What a file does not say itself.
const Settings settings{.access = Access::everyone()};
