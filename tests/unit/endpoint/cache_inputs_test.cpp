// What a function's parameters say of the answers that may be kept.
#include <catch2/catch.hpp>
#include <stile/function.hpp>
#include <stile/paging.hpp>
#include <stile/signature.hpp>

#include "endpoint/document.hpp"

using namespace stile;

namespace {

struct Filter {
  std::string text;
  int least = 0;
};
STILE_DESCRIBE(Filter, (text, name("q")), least)
struct Closed {
  std::string text;
};
STILE_DESCRIBE(Closed, (struct, closed), text)
struct Counter {};

template <class... A>
CacheInputs inputs_of_get() {
  Endpoint endpoint{"functions/x.cpp", "x"};
  endpoint.documenters.front() = [](detail::Operation& operation) {
    detail::document(detail::Signature<Json, A...>{}, operation);
  };
  return cache_inputs(endpoint);
}

}  // namespace

TEST_CASE("What GET is told by its parameters is what its answers are kept by") {
  const auto inputs = inputs_of_get<Path<"id", int>, Query<"page", int, 1>,
                                    const Query<"tag", std::vector<std::string>>&, QueryOf<Filter>,
                                    Header<"X-Tenant">, Header<"Accept-Language", std::optional<std::string>>,
                                    Cookie<"Theme">, Conditional, Local<Counter>, Shared<Counter>>();
  CHECK(inputs.query == std::vector<std::string>{"least", "page", "q", "tag"});
  CHECK(inputs.headers == std::vector<std::string>{"accept-language", "x-tenant"});
  CHECK(inputs.cookies == std::vector<std::string>{"Theme"});
  CHECK(inputs.unnamed.empty());
  CHECK_FALSE(inputs.refuses_other_query);
}

TEST_CASE("A page of a list is kept by its limit and its place") {
  CHECK(inputs_of_get<QueryOf<Paging>>().query == std::vector<std::string>{"limit", "offset"});
}

TEST_CASE("All of the query counts where others than the declared ones are refused") {
  CHECK(inputs_of_get<QueryOf<Closed>>().refuses_other_query);
}

TEST_CASE("What no name stands for is told") {
  CHECK(inputs_of_get<const Request&>().unnamed ==
        std::vector<std::string>{"the whole request (const Request&)"});
  for (const auto& inputs :
       {inputs_of_get<Body<Json>>(), inputs_of_get<Body<std::string>>(),
        inputs_of_get<Body<std::vector<std::byte>>>(), inputs_of_get<Body<std::optional<int>>>()})
    CHECK(inputs.unnamed == std::vector<std::string>{"the body"});
  CHECK(inputs_of_get<Query<"key", std::string, secret>>().unnamed ==
        std::vector<std::string>{"a secret parameter (key)"});
}

TEST_CASE("Methods whose answers are never kept may read what they like") {
  Endpoint endpoint{"functions/x.cpp", "x"};
  endpoint.documenters[1] = [](detail::Operation& operation) {
    detail::document(detail::Signature<Json, const Request&, Header<"X-Tenant">>{}, operation);
  };
  const auto inputs = cache_inputs(endpoint);
  CHECK(inputs.unnamed.empty());
  CHECK(inputs.headers.empty());
}
