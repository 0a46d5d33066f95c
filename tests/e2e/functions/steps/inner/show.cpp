#include <stile/function.hpp>

#include "steps/_shared.hpp"

using namespace stile;

const Settings settings{.environment = Names::none()};

// What the steps around it handed on, or a failure that is asked for.
Json GET(Handed<Tenant> tenant, Handed<Depth> depth, Query<"fail", std::string, ""> fail,
         Header<"X-Tenant", std::string> same) {
  if (*fail == "bug") throw std::runtime_error("the function has failed");
  if (*fail == "problem") throw Problem(404, "no such thing");
  return {{"tenant", tenant->name}, {"depth", depth->steps}, {"header", *same}};
}
