#include "manifest/manifest.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace stile;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

Manifest sample() {
  Manifest manifest;
  manifest.file = "functions/todos/{id}.cpp";
  manifest.name = "todos/{id}";
  manifest.route = Route::parse("/todos/{id}");
  manifest.methods = {"GET", "HEAD", "PATCH", "OPTIONS"};
  manifest.limits.timeout = 1500ms;
  manifest.limits.max_body = 0;
  manifest.secret_parameters = {"pin", "X-Pin"};
  manifest.environment = {"WEATHER_URL", "LD_PRELOAD"};
  manifest.secrets = {"stripe_key"};
  manifest.vary = {"Accept-Language", "cookie:theme"};
  manifest.cache_inputs = {{"page", "q"}, true, {"accept-language"}, {"theme"}, {"the body"}};
  return manifest;
}

// The sample's text after a change to it.
template <class Change>
std::string changed(Change change) {
  Json object = Json::parse(sample().to_json());
  change(object);
  return object.dump();
}

}  // namespace

TEST_CASE("A manifest reads what it wrote") {
  Manifest before = sample();

  SECTION("with some limits set") {}
  SECTION("with all of them") {
    before.limits = {86'400'000ms, 1024, std::uint64_t{1} << 40U, 64, 65535, 64, 86'400'000ms, 1, 1, 0ms,
                     RatePolicy{}, 60s};
  }
  SECTION("with none") { before.limits = {}; }

  const Manifest after = Manifest::parse(before.to_json());
  CHECK(after.file == before.file);
  CHECK(after.name == before.name);
  CHECK(after.route.pattern() == before.route.pattern());
  CHECK(after.methods == before.methods);
  CHECK(after.secret_parameters == before.secret_parameters);
  CHECK(after.environment == before.environment);
  CHECK(after.secrets == before.secrets);
  CHECK(after.vary == before.vary);
  CHECK(after.cache_inputs.query == before.cache_inputs.query);
  CHECK(after.cache_inputs.refuses_other_query == before.cache_inputs.refuses_other_query);
  CHECK(after.cache_inputs.headers == before.cache_inputs.headers);
  CHECK(after.cache_inputs.cookies == before.cache_inputs.cookies);
  CHECK(after.cache_inputs.unnamed == before.cache_inputs.unnamed);
  CHECK(after.limits.cache == before.limits.cache);
  CHECK(after.limits.timeout == before.limits.timeout);
  CHECK(after.limits.concurrency == before.limits.concurrency);
  CHECK(after.limits.max_body == before.limits.max_body);
  CHECK(after.limits.instances == before.limits.instances);
  CHECK(after.limits.queue == before.limits.queue);
  CHECK(after.limits.min_instances == before.limits.min_instances);
  CHECK(after.limits.idle_timeout == before.limits.idle_timeout);
  CHECK(after.limits.max_requests == before.limits.max_requests);
  CHECK(after.limits.max_memory == before.limits.max_memory);
  CHECK(after.limits.slow == before.limits.slow);
}

TEST_CASE("A manifest holds only the limits that were set") {
  CHECK(Json::parse(sample().to_json()).at("limits") == Json{{"timeout_ms", 1500}, {"max_body", 0}});
}

TEST_CASE("Every member of a manifest is demanded by name") {
  for (const auto* name :
       {"file", "name", "route", "methods", "limits", "secret_parameters", "environment", "secrets"}) {
    const auto text = changed([&](Json& object) { object.erase(name); });
    CHECK_THROWS_AS(Manifest::parse(text), std::invalid_argument);
    CHECK_THROWS_WITH(Manifest::parse(text), Contains("\"" + std::string(name) + "\" is missing"));
  }
}

TEST_CASE("What a manifest does not know, or has in a wrong type, names itself") {
  const auto refused = [](auto change, const std::string& words) {
    CHECK_THROWS_WITH(Manifest::parse(changed(change)), Contains(words));
  };
  refused([](Json& o) { o["colour"] = 1; }, "\"colour\" is unknown");
  refused([](Json& o) { o["limits"]["colour"] = 1; }, "\"colour\" is unknown");
  refused([](Json& o) { o["file"] = 1; }, "\"file\" must be a string");
  refused([](Json& o) { o["file"] = ""; }, "\"file\" is empty");
  refused([](Json& o) { o["name"] = "a\nb"; }, "\"name\" is empty or holds a control character");
  refused([](Json& o) { o["route"] = "todos"; }, "\"route\": the route 'todos' cannot be");
  refused([](Json& o) { o["methods"] = "GET"; }, "\"methods\" must be an array");
  refused([](Json& o) { o["methods"] = Json::array(); }, "\"methods\" must be an array with at least one");
  refused([](Json& o) { o["methods"] = {1}; }, "\"methods\" must be an array of strings");
  refused([](Json& o) { o["methods"] = {"GET", "get"}; }, "\"methods\" has 'get'");
  for (const std::string name : {"secret_parameters", "environment", "secrets"}) {
    refused([&](Json& o) { o[name] = "pin"; }, "\"" + name + "\" must be an array");
    refused([&](Json& o) { o[name] = {1}; }, "\"" + name + "\" must be an array of strings");
  }
  refused([](Json& o) { o["environment"] = {"A=B"}; }, "environment: \"A=B\" is no name of a variable");
  refused([](Json& o) { o["environment"] = {"STILE_STATE_DIR"}; },
          "STILE_STATE_DIR is a variable that is Stile's own");
  for (const auto* name : {"", "7up", "../passwd", "a b", "a-b"})
    refused([&](Json& o) { o["secrets"] = {name}; }, "is no name of a secret");
  refused([](Json& o) { o["secrets"] = {std::string(65, 'a')}; }, "at most 64");
  refused([](Json& o) { o["secrets"] = {"stile_state_dir"}; }, "Stile's own");
  refused([](Json& o) { o["limits"] = Json::array(); }, "\"limits\" must be an object");
  refused([](Json& o) { o["limits"]["timeout_ms"] = "5s"; }, "\"timeout_ms\" must be a whole number");
  refused([](Json& o) { o["limits"]["timeout_ms"] = 0.5; }, "\"timeout_ms\" must be a whole number");
  refused([](Json& o) { o["limits"]["queue"] = -1; }, "\"queue\" must be a whole number, not negative");
  refused([](Json& o) { o["limits"]["queue"] = nullptr; }, "\"queue\" must be a whole number");
  refused([](Json& o) { o["limits"]["concurrency"] = 4294967296; }, "\"concurrency\" is too large");
  refused([](Json& o) { o["limits"]["timeout_ms"] = 9223372036854775808U; }, "\"timeout_ms\" is too large");
}

TEST_CASE("A text that is no JSON object is no manifest") {
  for (const auto* text : {"", "{", "{}x", "[]", "7", "{\"file\":\"\xff\"}"}) {
    CHECK_THROWS_AS(Manifest::parse(text), std::invalid_argument);
  }
}

TEST_CASE("The nearest source of a limit decides") {
  Limits nearer, farther;
  nearer.timeout = 1s;
  farther.timeout = 2s;
  farther.concurrency = 3;
  farther.max_body = 0;
  const ResolvedLimits limits = resolve(nearer, farther);
  CHECK(limits.timeout == 1s);
  CHECK(limits.concurrency == 3);
  CHECK(limits.max_body == 0);
  CHECK(limits.instances == ResolvedLimits{}.instances);
  CHECK(limits.queue == ResolvedLimits{}.queue);
}

TEST_CASE("The bounds of a limit are allowed and what lies beyond names the limit") {
  const auto accepted = [](Limits limits) { CHECK_NOTHROW(resolve(limits, {})); };
  const auto refused = [](Limits limits, const char* name) {
    CHECK_THROWS_AS(resolve(limits, {}), std::invalid_argument);
    CHECK_THROWS_WITH(resolve({}, limits), Contains(name));
  };
  accepted({.timeout = 1ms});
  accepted({.timeout = 24h});
  refused({.timeout = 0ms}, "timeout");
  refused({.timeout = -1ms}, "timeout");
  refused({.timeout = 24h + 1ms}, "timeout");
  accepted({.concurrency = 1});
  accepted({.concurrency = 1024});
  refused({.concurrency = 0}, "concurrency");
  refused({.concurrency = 1025}, "concurrency");
  accepted({.max_body = 0});
  accepted({.max_body = std::uint64_t{1} << 40U});
  refused({.max_body = (std::uint64_t{1} << 40U) + 1}, "max_body");
  accepted({.instances = 64});
  refused({.instances = 0}, "instances");
  refused({.instances = 65}, "instances");
  accepted({.queue = 0});
  accepted({.queue = 65535});
  refused({.queue = 65536}, "queue");
  accepted({.instances = 2, .min_instances = 2});
  refused({.instances = 2, .min_instances = 3}, "min_instances");
  accepted({.idle_timeout = 0ms});
  accepted({.idle_timeout = 24h});
  refused({.idle_timeout = 24h + 1ms}, "idle_timeout");
  accepted({.max_requests = 0});
  accepted({.max_memory = 0});
  accepted({.max_memory = 1U << 20U});
  refused({.max_memory = (1U << 20U) - 1}, "max_memory");
  refused({.slow = -1ms}, "slow");
}

TEST_CASE("A function's bound is what all its processes run at once and what may wait") {
  ResolvedLimits limits;
  limits.concurrency = 8;
  limits.instances = 3;
  limits.queue = 5;
  CHECK(limits.bound() == 29);
}

TEST_CASE("A secret's variable is its name in capitals") {
  CHECK(stile::variable_of_secret("stripe_key2") == "STRIPE_KEY2");
}
