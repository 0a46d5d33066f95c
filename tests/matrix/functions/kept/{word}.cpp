#include <stile/function.hpp>

using namespace stile;

// Has every policy that an answer for everybody can have.
Json GET(Path<"word"> word, Query<"page", int, 1> page, Query<"tag", std::string, ""> tag,
         Header<"Accept-Language", std::optional<std::string>> language,
         Cookie<"theme", std::optional<std::string>> theme, Conditional conditional) {
  conditional.check({.etag = "state"});
  return {{"word", *word},
          {"page", *page},
          {"tag", *tag},
          {"language", language->value_or("")},
          {"theme", theme->value_or("")}};
}
Json POST(Path<"word"> word, Body<Json> body) { return {{*word, *body}}; }

const Settings settings{.max_body = 32,
                        .cache = 1h,
                        .vary = {"Accept-Language", "cookie:theme"},
                        .rate = Rate{.requests = 2, .per = 1min, .burst = 4},
                        .cors = Cors{.origins = {"http://localhost:*"}}};
