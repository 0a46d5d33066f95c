// What the pages of tests/web/cors.mjs call from another origin.
#include <unistd.h>
#include <csignal>
#include <stdexcept>

#include <stile/function.hpp>

using namespace stile;

Response GET(Query<"how", std::string, ""> how, Cookie<"who", std::string, ""> who) {
  if (*how == "bug") throw std::runtime_error("a bug");
  if (*how == "die") ::raise(SIGKILL);
  return Response::json({{"who", *who}}).header("X-Rest", "12").header("X-Hidden", "1");
}
Json PUT(const Request& request) { return {{"put", request.body()}}; }
void DELETE() {}

// Of localhost and 127.0.0.1 each is another origin for the other.
const Settings settings{.cors = Cors{.origins = {"http://localhost:*"},
                                     .methods = {"GET", "PUT"},
                                     .expose = {"X-Rest"},
                                     .credentials = true}};
