#include <stile/function.hpp>

#include "steps/_shared.hpp"

using namespace stile;

const Settings settings{.concurrency = 2};

// Takes what the outer step has handed on, and hands on more of it.
Response around(Handed<Tenant> tenant, Handed<Depth> depth, Next<Depth> next,
                Query<"inner", std::string, ""> inner) {
  if (*inner == "throws") throw std::runtime_error("the inner step has failed");
  Response response = next({depth->steps + 1});
  return response.header("X-Inner", tenant->name).add_header("X-Way", "inner");
}
