#include <stile/function.hpp>

#include "steps/_shared.hpp"

using namespace stile;

const Settings settings{.timeout = 7s, .concurrency = 3, .environment = {"STEPS_PLACE"}};

// Answers for strangers itself, tells how the way down went, and turns one answer into another.
Response around(Next<Tenant, Depth> next, Header<"X-Tenant", std::string> tenant,
                Query<"outer", std::string, ""> outer) {
  if (*tenant == "stranger") throw Problem(403, "a tenant that nobody knows");
  if (*tenant == "closed") return Response::text("closed", 503).header("Retry-After", "60");
  if (*outer == "throws") throw std::runtime_error("the outer step has failed");
  if (*outer == "twice") next({"first " + *tenant}, {1});
  Response response = next({*tenant}, {1});
  if (response.status() == 404) response.status(410);
  return response.header("X-Outer", *tenant).add_header("X-Way", "outer");
}
