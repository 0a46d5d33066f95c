// Kept for long; what is sent to it is not.
#include "kept/_calls/calls.hpp"

using namespace stile;

Json GET() { return {{"call", kept::call("plain")}}; }

Json POST(const Request& request) {
  return {{"uri", request.path()},
          {"query", request.query_string()},
          {"trace", request.header("X-Trace").value_or("")},
          {"body", request.body()}};
}

const Settings settings{.cache = 1h};
