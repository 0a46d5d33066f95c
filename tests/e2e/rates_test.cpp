// How many requests nginx takes from one address.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "e2e/grid_project.hpp"
#include "support/debian_nginx.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

const std::string limited = "/api/cors/open";  // 3 at once, then 1 a minute

const std::string shared = "/api/cors/shared";  // has no rate of its own
const std::string login = "/api/cors/login";    // answers 401 to who does not know the word

// What a proxy says of the clients behind it.
HttpHeaders forwarded(const std::string& addresses) { return {{"X-Forwarded-For", addresses}}; }

std::string client_of(const GridProject& project, const HttpHeaders& headers) {
  return json::parse(HttpClient().get(project.url(shared), headers).body).at("client");
}

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

TEST_CASE("in an nginx of somebody else's the same holds") {
  ServedOptions options;
  options.own_nginx = false;
  options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS, "--rate", "1/m"};
  if (::geteuid() == 0) options.arguments.insert(options.arguments.end(), {"--socket-group", "www-data"});
  const ServedProject project(options);
  const DebianNginx nginx(DebianNginx::with_files_of(project.run_directory() + "/nginx"));
  for (int i = 0; i < 3; ++i) CHECK(status_of(nginx.url(limited)) == 200);
  const auto refused = HttpClient().get(nginx.url(limited));
  check_problem(refused, 429);
  CHECK(refused.header("RateLimit") == "\"address\";r=0;t=63");
  CHECK(status_of(nginx.url(shared)) == 200);
  check_problem(HttpClient().get(nginx.url(shared)), 429);
  CHECK(status_of(nginx.url("/")) == 200);
  CHECK(nginx.complaints().empty());
}

TEST_CASE("all workers of nginx count together, and a burst comes at once") {
  const GridProject project(R"({"nginx_workers": 4, "functions": {"cors/open": {"rate": "1/1m burst 20"}}})");
  int answered = 0;
  int refused = 0;
  for (int i = 0; i < 60; ++i) {  // each over a connection of its own, which any of the workers takes
    const int status = status_of(project.url(limited));
    answered += status == 200 ? 1 : 0;
    refused += status == 429 ? 1 : 0;
  }
  CHECK(answered == 20);
  CHECK(refused == 40);
}

TEST_CASE("a bucket fills again in time") {
  const GridProject project(R"({"functions": {"cors/open": {"rate": "2/s"}}})");
  while (status_of(project.url(limited)) != 429) {
  }
  CHECK(eventually([&] { return status_of(project.url(limited)) == 200; }));
}

TEST_CASE(
    "a project's rate holds for functions that say none, each by itself, and stile.json can take it away") {
  const GridProject project(R"({"rate": "2/1m", "functions": {"cors/page": {"rate": "none"}}})");
  CHECK(status_of(project.url(shared)) == 200);
  CHECK(status_of(project.url(shared)) == 200);
  const auto refused = HttpClient().get(project.url(shared));
  check_problem(refused, 429);
  CHECK(refused.header("RateLimit-Policy") == "\"address\";q=2;w=60");
  CHECK(status_of(project.url("/api/grid/where")) == 200);
  CHECK(status_of(project.url(limited)) == 200);
  CHECK(status_of(project.url(limited)) == 200);
  CHECK(status_of(project.url(limited)) == 200);  // its own: 3 at once
  CHECK(status_of(project.url(limited)) == 429);
  for (int i = 0; i < 5; ++i) {
    const auto answer = HttpClient().get(project.url("/api/cors/page"));
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.has_header("RateLimit-Policy"));
  }
}

TEST_CASE("a reload takes up another rate, and keeps the counts of one that stays") {
  const TemporaryDirectory directory;
  const auto configuration =
      directory.write("stile.json", R"({"functions": {"cors/shared": {"rate": "1/1m"}}})");
  const ServedProject project(
      {.arguments = {"--functions-build", STILE_E2E_FUNCTIONS, "--config", configuration}});
  CHECK(status_of(project.url(shared)) == 200);
  CHECK(status_of(project.url(shared)) == 429);
  directory.write("stile.json",
                  R"({"functions": {"cors/shared": {"rate": "1/1m"}, "cors/page": {"rate": "1/1m"}}})");
  REQUIRE(json::parse(project.ask("reload")).at("ok") == true);
  CHECK(eventually([&] { return status_of(project.url("/api/cors/page")) == 429; }));
  CHECK(status_of(project.url(shared)) == 429);
  directory.write("stile.json", "{}");
  REQUIRE(json::parse(project.ask("reload")).at("ok") == true);
  CHECK(eventually(
      [&] { return status_of(project.url(shared)) == 200 && status_of(project.url(shared)) == 200; }));
}

TEST_CASE("what a client says of its own address changes nothing") {
  const GridProject project(R"({"rate": "2/1m", "trusted_proxies": "192.0.2.0/24, 2001:db8::1"})");
  CHECK(client_of(project, forwarded("198.51.100.1")) == "127.0.0.1");
  CHECK(status_of(project.url(shared), forwarded("198.51.100.2")) == 200);
  CHECK(status_of(project.url(shared), forwarded("198.51.100.3")) == 429);
  CHECK(status_of(project.url(shared), {{"X-Real-IP", "198.51.100.4"}, {"Forwarded", "for=198.51.100.5"}}) ==
        429);
  CHECK(status_of(project.url(shared), forwarded("192.0.2.1")) == 429);
}

TEST_CASE("behind a trusted proxy the client is the last address that is no proxy's") {
  const GridProject project(R"({"rate": "2/1m", "trusted_proxies": "127.0.0.1, 10.0.0.0/8"})");
  CHECK(client_of(project, forwarded("198.51.100.1")) == "198.51.100.1");
  CHECK(client_of(project, forwarded("203.0.113.9, 198.51.100.1, 10.1.2.3")) == "198.51.100.1");
  CHECK(status_of(project.url(shared), forwarded("203.0.113.10, 198.51.100.1")) == 429);  // forged before it
  CHECK(status_of(project.url(shared),
                  {{"X-Forwarded-For", "203.0.113.11"}, {"X-Forwarded-For", "198.51.100.1"}}) == 429);
  CHECK(status_of(project.url(shared), forwarded("127.0.0.1, 198.51.100.1")) == 429);
  CHECK(client_of(project, forwarded("198.51.100.2")) == "198.51.100.2");
  CHECK(client_of(project, forwarded("no address")) == "127.0.0.1");
  // The log has it too.
  project.served().wait_for_log("\"client\":\"198.51.100.2\"");
}

TEST_CASE("of IPv6 a /64 is one client") {
  const GridProject project(R"({"rate": "2/1m", "trusted_proxies": "127.0.0.1"})");
  CHECK(status_of(project.url(shared), forwarded("2001:db8::1")) == 200);
  CHECK(status_of(project.url(shared), forwarded("2001:db8:0:0:ffff:1:2:3")) == 200);
  CHECK(status_of(project.url(shared), forwarded("2001:db8:0:0:a::")) == 429);
  CHECK(status_of(project.url(shared), forwarded("2001:db8::5")) == 429);
  CHECK(status_of(project.url(shared), forwarded("2001:db8:0:1::1")) == 200);
  CHECK(status_of(project.url(shared), forwarded("::ffff:198.51.100.1")) == 200);
  CHECK(status_of(project.url(shared), forwarded("::ffff:198.51.100.1")) == 200);
  CHECK(status_of(project.url(shared), forwarded("::ffff:198.51.100.1")) == 429);
  CHECK(status_of(project.url(shared), forwarded("::ffff:198.51.100.2")) == 200);
}

TEST_CASE("whoever guesses is refused unheard, also where the next guess is right") {
  const GridProject project(R"({"trusted_proxies": "127.0.0.1"})");
  const auto guess = [&](const std::string& address, const std::string& word) {
    return HttpClient().get(project.url(login), {{"X-Forwarded-For", address},
                                                 {"Authorization", "Bearer " + word},
                                                 {"Origin", "https://app.example"}});
  };
  // Without a word nobody guesses.
  for (int i = 0; i < 30; ++i) CHECK(status_of(project.url(login), forwarded("198.51.100.1")) == 401);
  for (int i = 0; i < 20; ++i) CHECK(guess("198.51.100.1", std::to_string(i)).status == 401);
  const auto refused = guess("198.51.100.1", "swordfish");
  check_problem(refused, 429);
  CHECK_THAT(refused.header("Retry-After"), Catch::Equals("6") || Catch::Equals("5"));
  CHECK(refused.header("RateLimit-Policy") == "\"refusals\";q=20;w=120");
  CHECK_THAT(refused.header("RateLimit"), Catch::StartsWith("\"refusals\";r=0;t="));
  CHECK(refused.header("Access-Control-Allow-Origin") == "https://app.example");
  CHECK(guess("198.51.100.2", "swordfish").status == 200);
  CHECK(status_of(project.url("/api/grid/where"), forwarded("198.51.100.1")) == 200);
  // A word in the body is one too.
  for (int i = 0; i < 20; ++i)
    CHECK(HttpClient().request("POST", project.url(login), forwarded("198.51.100.3"), "guess").status == 401);
  CHECK(HttpClient().request("POST", project.url(login), forwarded("198.51.100.3"), "swordfish").status ==
        429);
}
