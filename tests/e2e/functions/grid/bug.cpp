// Fails in ways that are its author's mistakes.
#include <stdexcept>

#include <stile/function.hpp>

using namespace stile;

Json GET() { throw std::runtime_error("the password is swordfish"); }
// More than a web server takes as the headers of an answer.
Response POST() { return Response::json("long").header("X-Long", std::string(20'000, 'x')); }
// Headers by which nginx lets itself be commanded, and one that is the server's own.
Response PUT() {
  return Response::json("kept")
      .header("X-Accel-Redirect", "/api/faults/pid")
      .header("X-Request-Id", "of-the-function");
}
