#include <stile/function.hpp>

using namespace stile;

const Settings settings{.access = Access::api_key().scope("staff")};

// Tells who comes here.
Response around(std::optional<Caller> caller, Next<> next) {
  return next().header("X-Staff", caller ? caller->name : "nobody that is known");
}
