#include "manifest/cors_policy.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <string>

using Catch::Contains;
using stile::CorsPolicy;
using stile::OriginPattern;

namespace {

bool means(const std::string& pattern, const std::string& origin) {
  return std::regex_match(origin, std::regex(OriginPattern::parse(pattern).expression()));
}

CorsPolicy good() {
  CorsPolicy policy;
  policy.origins = {"https://app.example"};
  policy.methods = {"GET", "HEAD"};
  return policy;
}

}  // namespace

TEST_CASE("An origin means itself and nothing that looks like it") {
  for (const std::string origin :
       {"https://app.example", "http://localhost", "http://127.0.0.1:3000", "http://[::1]:8080",
        "capacitor://localhost", "https://xn--bcher-kva.example"}) {
    CAPTURE(origin);
    CHECK(means(origin, origin));
    for (const std::string& other : {origin + ".evil", origin + ":1", origin + "/", "x" + origin,
                                     origin + "x", origin + "\n", "null" + origin})
      CHECK_FALSE(means(origin, other));
  }
  CHECK_FALSE(means("https://app.example", "https://appxexample"));
  CHECK_FALSE(means("https://app.example", "http://app.example"));
  CHECK_FALSE(means("https://app.example", "https://APP.example"));
  CHECK_FALSE(means("https://app.example:8443", "https://app.example"));
}

TEST_CASE("A pattern means all names below a host, and any port") {
  const std::string below = "https://*.example.org";
  CHECK(means(below, "https://a.example.org"));
  CHECK(means(below, "https://a-1.b_2.example.org"));
  for (const std::string other :
       {"https://example.org", "https://.example.org", "https://aexample.org", "https://a.example.org.evil",
        "https://a.example.org:8443", "http://a.example.org", "https://a.exampleXorg",
        "https://evil/.example.org", "https://evil?.example.org", "https://a@b.example.org",
        "https://A.example.org", "https://a..example.org"}) {
    CAPTURE(other);
    CHECK_FALSE(means(below, other));
  }
  CHECK(means("http://localhost:*", "http://localhost"));
  CHECK(means("http://localhost:*", "http://localhost:5173"));
  CHECK_FALSE(means("http://localhost:*", "http://localhost:"));
  CHECK_FALSE(means("http://localhost:*", "http://localhost:80.evil"));
  CHECK_FALSE(means("http://localhost:*", "http://localhost.evil:80"));
  CHECK(means("https://*.example.org:*", "https://a.example.org:1"));
}

TEST_CASE("What is no origin is refused with what to write instead") {
  const auto refused = [](const std::string& origin, const std::string& words) {
    CAPTURE(origin);
    CHECK_THROWS_AS(OriginPattern::parse(origin), std::invalid_argument);
    CHECK_THROWS_WITH(OriginPattern::parse(origin), Contains(words));
  };
  refused("null", "any sandboxed page");
  refused("app.example", "has no scheme");
  refused("HTTPS://app.example", "has no scheme");
  refused("", "has no scheme");
  refused("https://app.example/", "has a path");
  refused("https://app.example/page", "has a path");
  refused("https://app.example?x", "has a path");
  refused("https://user@app.example", "has a user");
  refused("https://app.example:443", "own port");
  refused("http://app.example:80", "own port");
  refused("https://app.example:0", "has a port that is none");
  refused("https://app.example:65536", "has a port that is none");
  refused("https://app.example:08", "has a port that is none");
  refused("https://app.example:", "has a port that is none");
  refused("https://App.example", "has no host name");
  refused("https://", "has no host name");
  refused("https://a..b", "has no host name");
  refused(
      "https://b\xc3\xbc"
      "cher.example",
      "has no host name");
  refused("https://a b", "has no host name");
  refused("https://a\";b", "has no host name");
  refused("https://$host", "has no host name");
  refused("https://[::1", "has no host name");
  refused("https://a*.example.org", "has a * where none may be");
  refused("https://*.*.example.org", "has a * where none may be");
  refused("https://*", "has a * where none may be");
  refused("https://*.org", "whole top-level domain");
  refused("https://*.0.0.1", "below an address there are no names");
  refused("https://" + std::string(400, 'a'), "longer than");
}

TEST_CASE("A policy that contradicts itself is refused") {
  const auto refused = [](auto change, const std::string& words) {
    CorsPolicy policy = good();
    change(policy);
    CHECK_THROWS_AS(policy.check(), std::invalid_argument);
    CHECK_THROWS_WITH(policy.check(), Contains(words));
  };
  CHECK_NOTHROW(good().check());
  refused([](auto& p) { p.origins = {}; }, "cors.origins: is empty");
  refused([](auto& p) { p.origins = {"*"}, p.credentials = true; }, "\"*\" with credentials");
  refused([](auto& p) { p.origins = {"*", "https://app.example"}; }, "leave the others out");
  refused([](auto& p) { p.origins = {"https://app.example/"}; },
          "cors.origins: \"https://app.example/\" has a path");
  refused([](auto& p) { p.origins.assign(101, "https://app.example"); }, "100 entries");
  refused([](auto& p) { p.methods = {"GETT"}; }, "cors.methods: \"GETT\" is no method");
  refused([](auto& p) { p.methods = {"get"}; }, "is no method");
  refused([](auto& p) { p.methods = {"*"}; }, "is no method");
  refused([](auto& p) { p.headers = {"X Y"}; }, "cors.headers: \"X Y\" is no name");
  refused([](auto& p) { p.headers = {"X-$host"}; }, "is no name");
  refused([](auto& p) { p.expose = {"X\"; evil"}; }, "cors.expose");
  refused([](auto& p) { p.headers = {"*"}, p.credentials = true; }, "name the headers");
  refused([](auto& p) { p.headers = {std::string(2001, 'x')}; }, "2000 bytes");
  refused([](auto& p) { p.max_age = std::chrono::hours{25}; }, "cors.max_age (seconds) must be 0 .. 86400");
  refused([](auto& p) { p.max_age = std::chrono::seconds{-1}; }, "cors.max_age");
}

TEST_CASE("A policy reads what it wrote, and names what it does not know") {
  CorsPolicy policy = good();
  policy.headers = {"X-A"};
  policy.expose = {"X-B"};
  policy.credentials = true;
  policy.max_age = std::chrono::seconds{7};
  CHECK(CorsPolicy::parse(policy.to_json()) == policy);
  for (const std::string name : {"origins", "methods", "headers", "expose", "credentials", "max_age_s"}) {
    CAPTURE(name);
    auto object = policy.to_json();
    object[name] = nullptr;
    CHECK_THROWS_WITH(CorsPolicy::parse(object), Contains("\"" + name + "\""));
    object.erase(name);
    CHECK_THROWS_WITH(CorsPolicy::parse(object), Contains("\"" + name + "\""));
  }
  auto object = policy.to_json();
  object["max_age_s"] = std::uint64_t{1} << 32U;  // and not 0
  CHECK_THROWS_WITH(CorsPolicy::parse(object), Contains("\"max_age_s\""));
  object = policy.to_json();
  object["colour"] = 1;
  CHECK_THROWS_WITH(CorsPolicy::parse(object), Contains("\"colour\" is unknown"));
  object = policy.to_json();
  object["origins"] = {"https://app.example\"; evil"};
  CHECK_THROWS_AS(CorsPolicy::parse(object), std::invalid_argument);
  CHECK_THROWS_AS(CorsPolicy::parse(nlohmann::json::array()), std::invalid_argument);
}
