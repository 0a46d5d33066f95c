// A resource in one of two states, which tells them apart by a tag.
#include <stile/function.hpp>

using namespace stile;

namespace {
std::string state(1000, 'a');  // more than nginx sends uncompressed to who takes gzip
}

Json GET(Conditional conditional) {
  conditional.check({.etag = state.substr(0, 1)});
  return state;
}

void PUT(Body<Json> wanted, Conditional conditional) {
  conditional.check({.etag = state.substr(0, 1)});
  state = wanted->get<std::string>();
}

const Settings settings{.concurrency = 1, .idle_timeout = 0ms};
