// Differs with a header and with two cookies.
#include "kept/_calls/calls.hpp"

using namespace stile;

Json GET(Header<"Accept-Language", std::optional<std::string>> language,
         Cookie<"theme", std::optional<std::string>> theme, Cookie<"x.size", std::vector<std::string>> sizes,
         Conditional conditional) {
  conditional.check({.etag = "state"});
  return {{"language", language->value_or("")},
          {"theme", theme->value_or("")},
          {"sizes", *sizes},
          {"call", kept::call("words")}};
}

const Settings settings{.cache = 1h, .vary = {"Accept-Language", "cookie:theme", "cookie:x.size"}};
