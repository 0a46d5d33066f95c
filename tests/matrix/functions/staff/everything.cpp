#include <stile/function.hpp>

using namespace stile;

// Has every policy that a guarded function can have.
Json GET(const Caller& caller, Conditional conditional) {
  conditional.check({.etag = caller.name});
  return {{"for", caller.name}};
}
Json POST(Body<Json> body) { return {{"got", *body}}; }
void DELETE() {}

const Settings settings{
    .access = Access::api_key().scope("staff").scope("staff:write").role({"admin", "owner"}).role("adult"),
    .max_body = 64,
    .cors = Cors{.origins = {"https://app.example", "https://*.example.org"},
                 .methods = {"GET", "POST"},
                 .headers = {"X-API-Key", "Content-Type"},
                 .expose = {"ETag"},
                 .credentials = true,
                 .max_age = 1h}};
