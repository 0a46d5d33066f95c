// Kept by what it declares of the query.
#include "kept/_calls/calls.hpp"

using namespace stile;

Json GET(Query<"q", std::string, ""> q, Query<"page", int, 1> page,
         Query<"tag", std::vector<std::string>> tags) {
  return {{"q", *q}, {"page", *page}, {"tags", *tags}, {"call", kept::call("search")}};
}

const Settings settings{.cache = 1h};
