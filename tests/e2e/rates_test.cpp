// How many requests nginx takes from one address.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "e2e/grid_project.hpp"
#include "support/debian_nginx.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

const std::string limited = "/api/cors/open";  // 3 at once, then 1 a minute

int status_of(const std::string& url, const HttpHeaders& headers = {}) {
  return HttpClient().get(url, headers).status;
}

}  // namespace

TEST_CASE("an address that asks too often is a 429 that says when to come again") {
  const GridProject project;
  for (int i = 0; i < 3; ++i) {
    const auto answer = HttpClient().get(project.url(limited));
    CHECK(answer.status == 200);
    CHECK(answer.header("RateLimit-Policy") == "\"address\";q=1;w=60");
    CHECK_FALSE(answer.has_header("RateLimit"));
  }
  const auto refused = HttpClient().get(project.url(limited), {{"Origin", "https://anybody.example"}});
  check_problem(refused, 429);
  CHECK(refused.header("Retry-After") == "63");
  CHECK(refused.header("RateLimit-Policy") == "\"address\";q=1;w=60");
  CHECK(refused.header("RateLimit") == "\"address\";r=0;t=63");
  CHECK(refused.header("Access-Control-Allow-Origin") == "*");
  CHECK(refused.header_values("X-Request-Id").size() == 1);
  // Every method counts, and nothing that nginx refuses or answers anyway.
  CHECK(HttpClient().post(project.url(limited), "1").status == 429);
  CHECK(HttpClient().request("DELETE", project.url(limited)).status == 405);
  CHECK(HttpClient()
            .request("OPTIONS", project.url(limited),
                     {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}})
            .status == 204);
  // Other functions have buckets of their own, or none.
  CHECK(status_of(project.url("/api/cors/page")) == 200);
  CHECK(project.served().log().find("limiting") == std::string::npos);
}
