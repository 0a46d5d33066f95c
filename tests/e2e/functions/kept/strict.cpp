// Refuses what it does not declare: all of the query counts. Its parameter is one that has to be escaped, too.
#include "kept/_calls/calls.hpp"

using namespace stile;

namespace {
struct Filter {
  std::string name = "none";
};
STILE_DESCRIBE(Filter, (struct, closed), (name, name("filter[name]"), defaulted))
}  // namespace

Json GET(QueryOf<Filter> filter) { return {{"name", filter->name}, {"call", kept::call("strict")}}; }

const Settings settings{.cache = 1h};
