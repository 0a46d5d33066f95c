// What pages of other origins may call, and every way in which it can answer them.
#include <unistd.h>
#include <csignal>
#include <stdexcept>

#include <stile/function.hpp>

using namespace stile;

Json GET(Query<"how", std::string, ""> how, Header<"X-Colour", std::string, ""> colour) {
  if (*how == "bug") throw std::runtime_error("a bug");
  if (*how == "refuse") throw Problem{403, "not you"};
  if (*how == "die") ::raise(SIGKILL);
  if (*how == "sleep") ::sleep(3);
  return {{"colour", *colour}};
}

// With headers of its own that are nginx's to say, and one that is not.
Response POST(const Request& request) {
  return Response::json(request.body())
      .header("Access-Control-Allow-Origin", "*")
      .header("Access-Control-Allow-Methods", "TRACE")
      .header("Vary", "Accept-Language")
      .header("X-Rest", "12");
}

void DELETE() { ::raise(SIGKILL); }

const Settings settings{.timeout = 1s,
                        .max_body = 100,
                        .cors = Cors{.origins = {"https://app.example", "https://*.example.org",
                                                 "http://localhost:*", "https://odd.example:8443"},
                                     .methods = {"GET", "DELETE", "POST", "PUT"},
                                     .expose = {"X-Rest"},
                                     .credentials = true}};
