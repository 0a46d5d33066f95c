// CORS through nginx, our own and somebody else's: what pages of other origins are told, whoever answers.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "e2e/grid_project.hpp"
#include "support/debian_nginx.hpp"

using namespace stile::test;

namespace {

const std::string page = "/api/cors/page";
const std::string open_to_all = "/api/cors/open";
const std::string allowed = "https://app.example";

// The same functions, by our own nginx or by one that is a guest's host.
class Served {
 public:
  explicit Served(bool own_nginx) : project_(options(own_nginx)) {
    if (!own_nginx) host_.emplace(DebianNginx::with_files_of(project_.run_directory() + "/nginx"));
  }

  HttpResponse ask(const std::string& method, const std::string& path, const HttpHeaders& headers,
                   const std::optional<std::string>& body = std::nullopt) const {
    return HttpClient().request(method, url(path), headers, body);
  }
  HttpResponse preflight(const std::string& path, const std::string& origin,
                         const std::string& method) const {
    return ask("OPTIONS", path, {{"Origin", origin}, {"Access-Control-Request-Method", method}});
  }
  std::string url(const std::string& path) const { return host_ ? host_->url(path) : project_.url(path); }
  const ServedProject& project() const { return project_; }

 private:
  static ServedOptions options(bool own_nginx) {
    ServedOptions options;
    options.own_nginx = own_nginx;
    options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS};
    if (!own_nginx && ::geteuid() == 0)
      options.arguments.insert(options.arguments.end(), {"--socket-group", "www-data"});
    return options;
  }

  ServedProject project_;
  std::optional<DebianNginx> host_;
};

void check_allowed(const HttpResponse& response, const std::string& origin) {
  CHECK(response.header_values("Access-Control-Allow-Origin") == std::vector<std::string>{origin});
  CHECK(response.header_values("Access-Control-Allow-Credentials") == std::vector<std::string>{"true"});
  CHECK(response.header("Access-Control-Expose-Headers") ==
        "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, X-Rest");
  CHECK(response.header_values("X-Request-Id").size() == 1);
}

void check_not_allowed(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    CAPTURE(name);
    CHECK_THAT(name, !Catch::StartsWith("Access-Control-"));
  }
}

bool varies_with_origin(const HttpResponse& response) {
  const auto values = response.header_values("Vary");
  return std::count(values.begin(), values.end(), "Origin") == 1;
}

}  // namespace

TEST_CASE("a preflight is answered by nginx, and no function is started for it") {
  const Served served(GENERATE(true, false));
  const auto answer = served.preflight(page, allowed, "DELETE");
  CHECK(answer.status == 204);
  check_allowed(answer, allowed);
  CHECK(answer.header_values("Access-Control-Allow-Methods") ==
        std::vector<std::string>{"GET, HEAD, POST, DELETE"});
  CHECK(answer.header_values("Access-Control-Allow-Headers") ==
        std::vector<std::string>{"Content-Type, Authorization, X-Colour"});
  CHECK(answer.header_values("Access-Control-Max-Age") == std::vector<std::string>{"600"});
  CHECK(varies_with_origin(answer));
  CHECK(answer.body.empty());
  CHECK_FALSE(answer.has_header("Allow"));
  for (const auto* method : {"PUT", "PATCH", "TRACE", "delete", "GET, POST", "GET POST", "OPTIONS"}) {
    CAPTURE(method);
    const auto refused = served.preflight(page, allowed, method);
    CHECK(refused.status == 204);
    check_not_allowed(refused);
  }
  CHECK(served.project().processes("cors/page").empty());
  // Without a method it is the function's own OPTIONS.
  const auto plain = served.ask("OPTIONS", page, {{"Origin", "https://elsewhere.example"}});
  CHECK(plain.status == 204);
  CHECK(plain.header("Allow") == "GET, HEAD, POST, DELETE, OPTIONS");
  check_not_allowed(plain);
  CHECK(served.project().processes("cors/page").size() == 1);
}

TEST_CASE("an origin is allowed where it is one that was declared, byte for byte") {
  const Served served(GENERATE(true, false));
  for (const std::string origin :
       {"https://app.example", "https://a.example.org", "https://a.b-c.example.org", "http://localhost",
        "http://localhost:5173", "https://odd.example:8443"}) {
    CAPTURE(origin);
    check_allowed(served.preflight(page, origin, "GET"), origin);
    const auto answer = served.ask("GET", page, {{"Origin", origin}});
    CHECK(answer.status == 200);
    check_allowed(answer, origin);
    CHECK(varies_with_origin(answer));
    CHECK_FALSE(answer.has_header("Access-Control-Allow-Methods"));
    CHECK_FALSE(answer.has_header("Access-Control-Max-Age"));
  }
  for (const std::string origin : {"https://app.example.evil",
                                   "https://evil.example",
                                   "null",
                                   "http://app.example",
                                   "https://APP.example",
                                   "https://app.example:443",
                                   "https://app.example:8443",
                                   "https://app.example/",
                                   "https://appxexample",
                                   "https://evilapp.example",
                                   "https://app.example evil",
                                   "https://evil https://app.example",
                                   "https://app.example, https://evil.example",
                                   "https://example.org",
                                   "https://evilexample.org",
                                   "https://a.example.org.evil",
                                   "https://a.example.org:8443",
                                   "https://.example.org",
                                   "http://localhost:5173.evil",
                                   "http://localhost.evil",
                                   "https://odd.example",
                                   "https://odd.example:84430",
                                   "*",
                                   "file://",
                                   "https://app.example\t"}) {
    if (origin.back() == '\t') continue;  // HTTP takes it away
    CAPTURE(origin);
    check_not_allowed(served.preflight(page, origin, "GET"));
    const auto answer = served.ask("GET", page, {{"Origin", origin}});
    CHECK(answer.status == 200);  // its page may not read it
    check_not_allowed(answer);
    CHECK(varies_with_origin(answer));
  }
  const auto without = served.ask("GET", page, {});
  check_not_allowed(without);
  CHECK(varies_with_origin(without));
}

TEST_CASE("errors say the same as answers, whoever makes them") {
  const Served served(GENERATE(true, false));
  const HttpHeaders from{{"Origin", allowed}};
  const auto check = [&](int status, const HttpResponse& response) {
    CAPTURE(status, response.body);
    check_problem(response, status);
    check_allowed(response, allowed);
    CHECK(varies_with_origin(response));
  };
  check(500, served.ask("GET", page + "?how=bug", from));             // by the worker
  check(502, served.ask("GET", page + "?how=die", from));             // by nginx, after a second try
  check(502, served.ask("DELETE", page, from));                       // by nginx, without one
  check(504, served.ask("GET", page + "?how=sleep", from));           // by nginx
  check(413, served.ask("POST", page, from, std::string(101, 'x')));  // by nginx, before it has read a byte
  check(413, served.ask("POST", page, {{"Origin", allowed}, {"Transfer-Encoding", "chunked"}},
                        std::string(101, 'x')));
  check_not_allowed(
      served.ask("POST", page, {{"Origin", "https://app.example.evil"}}, std::string(101, 'x')));
  const auto refused = served.ask("GET", page + "?how=refuse", from);
  CHECK(refused.status == 403);
  check_allowed(refused, allowed);
}

TEST_CASE("a method that the function does not have, and one that pages may not use") {
  const Served served(true);
  const auto unknown = served.ask("PATCH", page, {{"Origin", allowed}});
  CHECK(unknown.status == 405);
  check_not_allowed(unknown);  // no page sends it without a preflight, which says no
  const auto read = served.ask("GET", open_to_all, {{"Origin", "https://anybody.example"}});
  CHECK(read.status == 200);
  CHECK(read.header("Access-Control-Allow-Origin") == "*");
  CHECK_FALSE(read.has_header("Access-Control-Allow-Credentials"));
  CHECK_FALSE(read.has_header("Vary"));
  const auto written = served.ask("POST", open_to_all, {{"Origin", "https://anybody.example"}}, "x");
  CHECK(written.status == 200);
  check_not_allowed(written);
  const auto preflight = served.preflight(open_to_all, "https://anybody.example", "GET");
  CHECK(preflight.header("Access-Control-Allow-Origin") == "*");
  CHECK(preflight.header("Access-Control-Allow-Methods") == "GET, HEAD");
  CHECK(preflight.header("Access-Control-Allow-Headers") == "X-Any");
  CHECK(preflight.header("Access-Control-Max-Age") == "0");
  check_not_allowed(served.preflight(open_to_all, "https://anybody.example", "POST"));
}

TEST_CASE("what the function says of CORS by itself stays away, and the rest of it does not") {
  const Served served(GENERATE(true, false));
  const auto answer = served.ask("POST", page, {{"Origin", allowed}}, "x");
  CHECK(answer.status == 200);
  check_allowed(answer, allowed);
  CHECK_FALSE(answer.has_header("Access-Control-Allow-Methods"));
  CHECK(answer.header("X-Rest") == "12");
  const auto values = answer.header_values("Vary");
  CHECK(std::count(values.begin(), values.end(), "Accept-Language") == 1);
  check_not_allowed(served.ask("POST", page, {{"Origin", "https://evil.example"}}, "x"));
}

TEST_CASE("a function without CORS tells pages nothing, and answers OPTIONS by itself") {
  const Served served(GENERATE(true, false));
  check_not_allowed(served.ask("GET", "/api/grid/where", {{"Origin", allowed}}));
  const auto preflight = served.preflight("/api/grid/where", allowed, "GET");
  CHECK(preflight.header("Allow") == "GET, HEAD, POST, OPTIONS");
  check_not_allowed(preflight);
  check_not_allowed(served.ask("GET", "/api/nothing", {{"Origin", allowed}}));
}

TEST_CASE("a second try that is answered is told of CORS too") {
  const Served served(true);
  REQUIRE(served.ask("GET", page, {}).status == 200);
  // Its process ends while nginx holds a connection; the next one answers.
  for (int round = 0; round < 5; ++round) {
    for (const auto pid : served.project().processes("cors/page")) ::kill(pid, SIGKILL);
    const auto answer = served.ask("GET", page, {{"Origin", allowed}});
    CHECK(answer.status == 200);
    check_allowed(answer, allowed);
  }
}

TEST_CASE("over HTTPS with HTTP/2, where HSTS is told as well") {
  const GridProject project(HttpVersion::two);
  auto client = project.client();
  const auto preflight = client.request("OPTIONS", project.url(page),
                                        {{"Origin", allowed}, {"Access-Control-Request-Method", "GET"}});
  CHECK(preflight.status == 204);
  check_allowed(preflight, allowed);
  check_allowed(client.get(project.url(page), {{"Origin", allowed}}), allowed);
}
