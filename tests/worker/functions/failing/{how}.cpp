// Fails in the way that is asked for.
#include <cstdlib>
#include <stdexcept>
#include <stile/function.hpp>

using namespace stile;

Json GET(Path<"how"> how) {
  if (*how == "exception") throw std::runtime_error("the password is 1234");
  if (*how == "number") throw 7;
  if (*how == "problem") throw Problem{409, "once is enough"};
  if (*how == "abort") std::abort();
  return "not at all";
}
