// nginx itself does the arithmetic that was written for it, here with times of the test's own.
#include "gateway/cache_age.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/debian_nginx.hpp"
#include "support/http_client.hpp"

using namespace stile;
using namespace stile::test;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string age_of_arguments() {
  gateway::NginxText text([](gateway::NginxText&, std::string_view) {});
  gateway::write_age(text);
  auto maps = replaced(text.take(), "$msec ", "$arg_now ");
  maps = replaced(maps, "$upstream_http_x_stile_made", "$arg_made");
  return replaced(maps, "$upstream_cache_status", "$arg_status");
}

class Ages {
 public:
  std::string of(const std::string& now, const std::string& made, const std::string& status = "HIT") {
    return client_.get(nginx_.url("/age?now=" + now + "&made=" + made + "&status=" + status)).body;
  }
  std::string of(std::uint64_t now, std::uint64_t made) {
    return of(std::to_string(now) + ".017", std::to_string(made) + ".998");
  }

 private:
  DebianNginx nginx_{{age_of_arguments(), "location = /age { return 200 $stile_age; }\n"}};
  HttpClient client_;
};

}  // namespace

TEST_CASE("The age of a kept answer is the difference of two times") {
  Ages ages;
  const std::uint64_t now = 1'800'000'000;  // all digits below it are borrowed from
  for (const std::uint64_t age : std::initializer_list<std::uint64_t>{
           0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 9999, 10'000, 86'400, 2'592'000, 99'999'999})
    CHECK(ages.of(now, now - age) == std::to_string(age));
  for (std::uint64_t unit = 0; unit < 100; ++unit)
    CHECK(ages.of(now + 57, now + unit) == std::to_string(unit > 57 ? 0 : 57 - unit));
  std::mt19937_64 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t later = 1'000'000'000 + random() % 9'000'000'000 - 1;
    const std::uint64_t age = random() % (std::uint64_t{1} << (random() % 30));
    const std::uint64_t made = later > 1'000'000'000 + age ? later - age : 1'000'000'000;
    CAPTURE(later, made);
    REQUIRE(ages.of(later, made) == std::to_string(later - made));
  }
}

TEST_CASE("A clock that was set back makes an answer no older than new") {
  Ages ages;
  for (const std::uint64_t ahead : std::initializer_list<std::uint64_t>{1, 9, 10, 100, 5000, 1'000'000})
    CHECK(ages.of(1'799'999'999, 1'799'999'999 + ahead) == "0");
}

TEST_CASE("What is not from what is kept, or says no time, has no age") {
  Ages ages;
  CHECK(ages.of("1800000000.000", "1799999999.000", "STALE") == "1");
  CHECK(ages.of("1800000000.000", "1799999999.000", "UPDATING") == "1");
  for (const auto* status : {"MISS", "EXPIRED", "BYPASS", ""})
    CHECK(ages.of("1800000000.000", "1799999999.000", status).empty());
  for (const auto* made : {"", "1", "yesterday", "1799999999", "-1799999999.0", "17999999990.0"})
    CHECK(ages.of("1800000000.000", made).empty());
}
