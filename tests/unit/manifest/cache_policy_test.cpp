#include "manifest/cache_policy.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "manifest/manifest.hpp"

using namespace stile;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

Manifest kept() {
  Manifest manifest;
  manifest.methods = {"GET", "HEAD", "OPTIONS"};
  manifest.limits.cache = 60s;
  return manifest;
}

// What is said of it; empty where its answers can be kept.
std::string complaint(const Manifest& manifest) {
  try {
    check_cache(manifest, manifest.limits.cache.value_or(0s));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Answers that depend on path and declared query alone may be kept") {
  auto manifest = kept();
  manifest.cache_inputs.query = {"page"};
  CHECK(complaint(manifest).empty());
}

TEST_CASE("A header that is read has to be named, in any case") {
  auto manifest = kept();
  manifest.cache_inputs.headers = {"accept-language"};
  CHECK(complaint(manifest) ==
        "cache: GET, or a step around it, reads the header accept-language, which vary does not name: who "
        "asks next would get what "
        "was made for "
        "somebody else's; write .vary = {\"accept-language\"} beside it, or remove cache");
  manifest.vary = {"Accept-Language"};
  CHECK(complaint(manifest).empty());
  manifest.vary = {"cookie:accept-language"};
  CHECK_THAT(complaint(manifest), StartsWith("cache: GET, or a step around it, reads the header"));
}

TEST_CASE("A cookie that is read has to be named as it is written") {
  auto manifest = kept();
  manifest.cache_inputs.cookies = {"theme"};
  CHECK_THAT(complaint(manifest), Contains("the cookie theme") && Contains("{\"cookie:theme\"}"));
  manifest.vary = {"cookie:Theme"};
  CHECK_FALSE(complaint(manifest).empty());
  manifest.vary = {"theme"};
  CHECK_FALSE(complaint(manifest).empty());
  manifest.vary = {"cookie:theme"};
  CHECK(complaint(manifest).empty());
}

TEST_CASE("What no name stands for keeps answers from being kept") {
  auto manifest = kept();
  manifest.cache_inputs.unnamed = {"the whole request (const Request&)"};
  manifest.vary = {"Accept-Language"};
  CHECK_THAT(complaint(manifest),
             StartsWith("cache: GET takes the whole request (const Request&), by which"));
  manifest.limits.cache = 0s;
  CHECK(complaint(manifest).empty());
}

TEST_CASE("Without a GET there is nothing to keep, and without what is kept nothing to tell apart") {
  auto manifest = kept();
  manifest.methods = {"POST", "OPTIONS"};
  CHECK_THAT(complaint(manifest), StartsWith("cache: ") && Contains("no GET"));
  manifest.limits.cache.reset();
  CHECK(complaint(manifest).empty());
  manifest.vary = {"Accept-Language"};
  CHECK_THAT(complaint(manifest), StartsWith("vary: "));
  manifest.limits.cache = 0s;  // it may be kept again, by stile.json
  CHECK(complaint(manifest).empty());
}

TEST_CASE("What can't tell answers apart is refused, with a reason") {
  for (const auto& [text, reason] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Authorization", "for one caller alone"},
           {"proxy-authorization", "for one caller alone"},
           {"Cookie", "name each cookie"},
           {"Range", "the whole"},
           {"If-None-Match", "Conditional"},
           {"Accept-Encoding", "compresses"},
           {"Connection", "about the connection"},
           {"Proxy", "never see it"},
           {"*", "write the name of a header"},
           {"", "write the name of a header"},
           {"X_Tenant", "write the name of a header"},
           {"X-Tenant: a", "write the name of a header"},
           {"X-$args", "write the name of a header"},
           {"cookie:", "a cookie's name"},
           {"cookie:a b", "a cookie's name"},
           {"cookie:a;b", "a cookie's name"},
           {"cookie:a\"b", "a cookie's name"}}) {
    CAPTURE(text);
    auto manifest = kept();
    manifest.vary = {text};
    CHECK_THAT(complaint(manifest), StartsWith("vary: \"") && Contains(reason));
  }
  auto manifest = kept();
  manifest.vary = {"X-Tenant", "x-tenant"};
  CHECK_THAT(complaint(manifest), Contains("twice"));
  // A function that takes one of them may as well not be kept.
  manifest.vary = {};
  manifest.cache_inputs.headers = {"authorization"};
  CHECK_THAT(complaint(manifest), Contains("for one caller alone is not kept: remove cache"));
}

TEST_CASE("cache has a bound") {
  Limits limits;
  limits.cache = longest_cache;
  CHECK(resolve(limits, {}).cache == longest_cache);
  limits.cache = longest_cache + 1s;
  CHECK_THROWS_WITH(resolve(limits, {}), Contains("cache (seconds) must be 0 .. 2592000"));
  limits.cache = -1s;
  CHECK_THROWS_WITH(resolve(limits, {}), Contains("cache (seconds) must be 0 .. 2592000"));
}
