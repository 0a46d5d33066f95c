#include "gateway/nginx_configuration.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/certificate.hpp"
#include "support/network.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace std::chrono_literals;

namespace {

DeployedFunction function(const std::string& id, const std::string& route, std::uint32_t instances = 1) {
  DeployedFunction result;
  result.route = Route::parse(route);
  result.manifest.methods = {"GET", "HEAD", "OPTIONS"};
  result.limits.instances = instances;
  result.id = id;
  for (std::uint32_t i = 0; i < instances; ++i)
    result.sockets.push_back("/run/stile/sockets/" + id + "." + std::to_string(i) + ".sock");
  return result;
}

GatewaySettings settings_in(const std::string& directory) {
  GatewaySettings settings;
  settings.port = test::free_port();
  settings.run_directory = directory;
  settings.health_socket = directory + "/health.sock";
  settings.ready_file = directory + "/ready";
  settings.snippet_directory = STILE_SOURCE_DIR "/nginx";
  settings.descriptor_limit = 4096;
  settings.workers = 2;
  return settings;
}

const std::string no_complaint;

// What `nginx -t` says beyond that all is well: nothing, it is hoped.
std::string complaints(const test::TemporaryDirectory& directory, const std::string& configuration) {
  std::filesystem::create_directory(directory.file("nginx"));
  const auto file = directory.write("nginx.conf", configuration);
  test::ProcessOptions options;
  options.environment = {{"PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/bin"}};
  const auto outcome = test::run({"nginx", "-e", "stderr", "-t", "-q", "-c", file}, options);
  return outcome.exit.clean() ? outcome.err : "refused: " + outcome.err;
}

// Of all that have ended: unlike the time on the clock it does not depend on what else runs.
std::chrono::microseconds processor_time_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

NginxParts parts_of(const Deployment& deployment, const std::string& name = "stile",
                    const std::optional<gateway::Docs>& docs = std::nullopt,
                    const std::string& cache_folder = "/") {
  NginxPartsSettings settings;
  settings.name = name;
  settings.snippet = [](std::string_view snippet) {
    return test::read_file(STILE_SOURCE_DIR "/nginx/" + std::string(snippet));
  };
  settings.workers = 2;
  settings.docs = docs;
  settings.cache_folder = cache_folder;
  return nginx_parts(deployment, settings);
}

// Somebody's nginx.conf: what it includes in its http block, and the whole of its server blocks.
std::string somebodys(const test::TemporaryDirectory& directory, const std::string& http,
                      const std::vector<std::string>& servers) {
  std::string text = "pid " + directory.file("nginx.pid") + ";\nevents {}\nhttp {\n" + http;
  for (const char* module : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += std::string(module) + "_temp_path " + directory.path() + "/nginx/" + module + ";\n";
  text += "access_log off;\n";
  for (const auto& server : servers)
    text += "server {\nlisten 127.0.0.1:" + std::to_string(test::free_port()) + ";\n" + server + "}\n";
  return text + "}\n";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What stands at the outermost level of a text, each once.
std::set<std::string> outermost(const std::string& text) {
  const std::regex line("^([a-z_]+ ?[^ {;]*)", std::regex::multiline);
  return std::set<std::string>(std::sregex_token_iterator(text.begin(), text.end(), line, 1), {});
}

}  // namespace

TEST_CASE("nginx takes the configuration of an ordinary project without a word") {
  const test::TemporaryDirectory directory;
  Deployment deployment{"/api",
                        {function("hello", "/api/hello"), function("hello.name", "/api/hello/{name}", 3),
                         function("files.path", "/api/files/{path...}"), function("index", "/api")}};
  deployment.functions[1].limits.timeout = 5s;
  CHECK(complaints(directory, nginx_configuration(deployment, settings_in(directory.path()))) ==
        no_complaint);
}

TEST_CASE("nginx takes the configuration of a project without a prefix, and of one without a function") {
  const test::TemporaryDirectory directory;
  const Deployment roots{"", {function("index", "/"), function("rest", "/{rest...}"), function("x", "/{x}")}};
  CHECK(complaints(directory, nginx_configuration(roots, settings_in(directory.path()))) == no_complaint);
  const test::TemporaryDirectory other;
  CHECK(complaints(other, nginx_configuration({"/api", {}}, settings_in(other.path()))) == no_complaint);
}

namespace {

// Functions with CORS of every kind, and rates.
Deployment with_policies(const std::string& prefix) {
  Deployment deployment{
      prefix,
      {function("a", prefix + "/a"), function("b", prefix + "/b/{x}", 2), function("c", prefix + "/c"),
       function("d", prefix + "/d"), function("e", prefix + "/e")}};
  CorsPolicy cors;
  cors.origins = {"https://app.example", "https://*.example.org", "http://localhost:*", "http://[::1]:8080",
                  "capacitor://localhost"};
  cors.methods = {"GET", "HEAD"};
  cors.headers = {"Content-Type", "X-It's|%#^`~!*&+"};
  cors.expose = {"X-A"};
  cors.credentials = true;
  deployment.functions[0].manifest.cors = cors;
  deployment.functions[1].manifest.cors = cors;
  deployment.functions[1].limits.rate = {10, 1s, 20};
  cors.origins = {"*"};
  cors.credentials = false;
  cors.headers.clear();
  deployment.functions[2].manifest.cors = cors;
  deployment.functions[3].limits.rate = {1, 1min, 0};
  deployment.functions[4].limits.rate = {10, 1s, 0};
  return deployment;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("nginx takes CORS and rates, and functions that say the same share what they can") {
  const test::TemporaryDirectory directory;
  auto settings = settings_in(directory.path());
  settings.trusted_proxies = {"10.0.0.0/8", "fd00::7"};
  const auto text = nginx_configuration(with_policies("/api"), settings);
  INFO(text);
  CHECK(complaints(directory, text) == no_complaint);
  CHECK(count_of(text, "map \"$stile_cors_for $http_origin\"") == 2);
  CHECK(count_of(text, "limit_req_zone ") == 2);
  CHECK(count_of(text, "location @stile_cors_") == 2);
  CHECK(contains(text, "set_real_ip_from fd00::7;"));
  CHECK(contains(text, R"("~^(?:GET|HEAD) https://(?:[a-z0-9_-]+\.)+example\.org\z" $http_origin;)"));
  CHECK(contains(text, "limit_req zone=stile_rate_10r_s burst=19 nodelay;"));
  CHECK(contains(text, "limit_req zone=stile_rate_1r_m;"));
}

TEST_CASE("Several guests of one nginx keep their CORS and rates apart, whatever they are called") {
  const test::TemporaryDirectory directory;
  const auto one = parts_of(with_policies("/api"));
  const auto other = parts_of(with_policies("/v2"), "stile.run.a-b_c.d");
  const auto third = parts_of(with_policies("/v3"), "stile.run.a.b-c_d");
  const auto text =
      somebodys(directory, one.http + other.http + third.http, {one.server + other.server + third.server});
  CHECK(complaints(directory, text) == no_complaint);
  CHECK(count_of(text, "\"$stile_cors_for $http_origin\" $stile_cors_1 {") == 1);
  CHECK(count_of(text, "\"$stile_cors_for $http_origin\" $stile_drun_da_mb__c_dd_cors_1 {") == 1);
}

TEST_CASE("nginx takes the configuration for an IPv6 address") {
  const test::TemporaryDirectory directory;
  auto settings = settings_in(directory.path());
  settings.bind = "::1";
  const auto text = nginx_configuration({"/api", {function("hello", "/api/hello")}}, settings);
  CHECK(contains(text, "listen [::1]:" + std::to_string(settings.port) + ";"));
  const auto words = complaints(directory, text);
  CHECK((words.empty() || contains(words, "Cannot assign requested address")));  // a machine without IPv6
}

TEST_CASE("nginx takes the configuration with a certificate without a word") {
  const test::TemporaryDirectory directory;
  const test::Certificate certificate;
  auto settings = settings_in(directory.path());
  const auto plain = nginx_configuration({"/api", {}}, settings);
  CHECK_FALSE(contains(plain, " ssl"));  // with a word's edge: the directory's name is made at random
  CHECK_FALSE(contains(plain, "ssl_"));
  settings.tls_certificate = certificate.file();
  settings.tls_key = certificate.key_file();
  const auto text = nginx_configuration({"/api", {function("hello", "/api/hello")}}, settings);
  CHECK(contains(text, "listen 127.0.0.1:" + std::to_string(settings.port) + " ssl http2;"));
  CHECK(complaints(directory, text) == no_complaint);
}

TEST_CASE("nginx takes the configuration of functions whose answers it keeps without a word") {
  auto index = function("index", "/api");
  index.limits.cache = 60s;
  index.generation = "0123456789abcdef-1";
  auto files = function("files.path", "/api/files/{path...}", 2);
  files.limits.cache = 24h;
  files.manifest.cache_inputs.query = {"q", "a-b_c", "page"};
  files.manifest.vary = {"Accept-Language", "cookie:theme", "cookie:x.y"};
  auto closed = function("closed-12345678", "/api/closed");
  closed.limits.cache = 60s;
  closed.manifest.cache_inputs = {{"q[]"}, true};
  const Deployment deployment{"/api", {index, files, closed, function("plain", "/api/plain")}};
  const test::TemporaryDirectory directory;
  const auto text = nginx_configuration(deployment, settings_in(directory.path()));
  CHECK(complaints(directory, text) == no_complaint);
  CHECK(contains(text, "keys_zone=stile_cache_60:"));
  CHECK(contains(text, "keys_zone=stile_cache_86400:"));
  CHECK(contains(text, "max_size=32000000 "));
  CHECK(contains(text, "add_header Vary \"Accept-Language, Cookie\" always;"));
  CHECK(contains(text, "fastcgi_cache_key \"index 0123456789abcdef-1 60\\n$stile_whole_path\";"));
  CHECK(contains(text, "REQUEST_URI \"$stile_whole_path?$args\""));
  // Two of them in one nginx, with all that is theirs apart.
  for (const auto* folder : {"one", "other"}) std::filesystem::create_directory(directory.file(folder));
  const auto one = parts_of(deployment, "stile", std::nullopt, directory.file("one"));
  auto other_deployment = deployment;
  other_deployment.prefix = "/other";
  for (auto& function : other_deployment.functions)
    function.route = Route::parse("/other" + function.route.pattern().substr(4));
  const auto other = parts_of(other_deployment, "stile-2", std::nullopt, directory.file("other"));
  CHECK(complaints(directory, somebodys(directory, one.http, {one.server})) == no_complaint);
  // All it may say of both is that its table of variables, whose size is its owner's to say, is full.
  const auto words =
      complaints(directory, somebodys(directory, one.http + other.http, {one.server + other.server}));
  CHECK((words.empty() || (contains(words, "[warn]") && contains(words, "variables_hash_max_size"))));
}

TEST_CASE("What nobody has kept is not in nginx's configuration") {
  const test::TemporaryDirectory directory;
  const auto text =
      nginx_configuration({"/api", {function("hello", "/api/hello")}}, settings_in(directory.path()));
  CHECK_FALSE(contains(text, "fastcgi_cache"));
  CHECK_FALSE(contains(text, "stile_age"));
}

TEST_CASE("nginx loads a thousand routes in a second of processor time") {
  const test::TemporaryDirectory directory;
  Deployment deployment{"/api", {}};
  for (int i = 0; i < 500; ++i) {
    const auto name = "f" + std::to_string(i);
    deployment.functions.push_back(function(name, "/api/" + name));
    deployment.functions.push_back(function(name + ".id", "/api/" + name + "/{id}/of/{other}"));
  }
  const auto parts = parts_of(deployment);
  for (const auto& text : {nginx_configuration(deployment, settings_in(directory.path())),
                           somebodys(directory, parts.http, {parts.server})}) {
    const auto before = processor_time_of_children();
    CHECK(complaints(directory, text) == no_complaint);
    CHECK(processor_time_of_children() - before < 1s);
  }
}

TEST_CASE("A function that has the route of a probe is asked itself") {
  const test::TemporaryDirectory directory;
  const auto settings = settings_in(directory.path());
  const auto count = [&](const std::string& text) {
    std::size_t found = 0;
    for (auto at = text.find("location = /readyz {"); at != std::string::npos;
         at = text.find("location = /readyz {", at + 1)) {
      ++found;
    }
    return found;
  };
  const Deployment plain{"", {function("hello", "/hello"), function("any", "/{any}")}};
  CHECK(count(nginx_configuration(plain, settings)) == 2);  // on the port and on the health socket
  const Deployment own{"", {function("readyz", "/readyz")}};
  const auto text = nginx_configuration(own, settings);
  CHECK(count(text) == 2);  // one of them is the function's
  CHECK(complaints(directory, text) == no_complaint);
}

TEST_CASE("A function's numbers become limits of nginx") {
  const test::TemporaryDirectory directory;
  auto slow = function("slow", "/api/slow", 2);
  slow.limits.timeout = 1500ms;
  slow.limits.max_body = 0;
  slow.limits.concurrency = 3;
  slow.limits.queue = 5;
  const auto text = nginx_configuration({"/api", {slow}}, settings_in(directory.path()));
  CHECK(contains(text, "max_conns=6;"));  // (3 × 2 + 5) / 2
  CHECK(contains(text, "keepalive 11;"));
  CHECK(contains(text, "least_conn;"));
  CHECK(contains(text, "fastcgi_read_timeout 1500ms;"));
  CHECK(contains(text, "client_max_body_size 1;"));  // 0 would mean "any"
  CHECK(contains(text, "set $stile_allow \"GET, HEAD, OPTIONS\";"));
}

TEST_CASE("An account is named only where nginx has to become it") {
  const test::TemporaryDirectory directory;
  auto settings = settings_in(directory.path());
  CHECK_FALSE(contains(nginx_configuration({"/api", {}}, settings), "\nuser "));
  settings.user = "www-data";
  CHECK(contains(nginx_configuration({"/api", {}}, settings), "\nuser www-data;"));
}

TEST_CASE("A path may hold a space, and one that nginx could misread is refused") {
  const test::TemporaryDirectory directory;
  std::filesystem::create_directory(directory.file("a b"));
  auto settings = settings_in(directory.file("a b"));
  std::filesystem::create_directory(directory.file("a b/nginx"));
  auto hello = function("hello", "/api/hello");
  hello.sockets = {directory.file("a b") + "/hello.sock"};
  CHECK(complaints(directory, nginx_configuration({"/api", {hello}}, settings)) == no_complaint);
  for (const char* path : {"relative", "/a\"b", "/a$b", "/a\nb", "/a;b", "/a:b", "/a\\b", ""}) {
    CAPTURE(path);
    settings.run_directory = path;
    CHECK_THROWS_AS(nginx_configuration({"/api", {hello}}, settings), std::invalid_argument);
  }
}

TEST_CASE("nginx takes the two parts in a configuration of somebody else's") {
  const Deployment deployment{
      "/api",
      {function("hello", "/api/hello"), function("hello.name", "/api/hello/{name}", 3),
       function("files.path", "/api/files/{path...}"), function("index", "/api"), function("x", "/api/{x}")}};
  const auto parts = parts_of(deployment);
  const std::string own_locations =
      "location / { return 204; }\nlocation ~ \\.php$ { return 403; }\nlocation /apical { return 204; }\n";
  const test::TemporaryDirectory directory;
  CHECK(complaints(directory, somebodys(directory, parts.http, {parts.server + own_locations})) ==
        no_complaint);

  SECTION("also while only the first is included") {
    const test::TemporaryDirectory other;
    CHECK(complaints(other, somebodys(other, parts.http, {own_locations})) == no_complaint);
  }
  SECTION("also twice, for two Stile servers: in server blocks of their own, or at prefixes of their own") {
    const test::TemporaryDirectory other;
    auto elsewhere = deployment;
    elsewhere.prefix = "/v2";
    for (auto& one : elsewhere.functions) {
      one.route = Route::parse("/v2" + one.route.pattern().substr(4));
    }
    const auto second = parts_of(deployment, "stile_second");
    const auto third = parts_of(elsewhere, "stile_third");
    CHECK(complaints(other, somebodys(other, parts.http + second.http + third.http,
                                      {parts.server + third.server, second.server})) == no_complaint);
  }
}

TEST_CASE("The parts are whole, and take no place but those at and below the prefix") {
  const auto parts =
      parts_of({"/v1/api", {function("hello", "/v1/api/hello"), function("x", "/v1/api/a/{x}")}});
  for (const auto& text : {parts.http, parts.server}) {
    CHECK(text.starts_with("# Serves the functions at /v1/api: include this in "));
    CHECK_FALSE(contains(text, "\ninclude"));
    CHECK_FALSE(contains(text, "  include"));
  }
  // At the outermost level there are definitions alone: nothing that holds for what else is served.
  for (const auto& what : outermost(parts.http)) {
    INFO(what);
    CHECK((what.starts_with("map ") || what.starts_with("upstream ")));
  }
  CHECK(outermost(parts.server) == std::set<std::string>{"location =", "location ^~",
                                                         "location @stile_problem",
                                                         "location @stile_again_30000ms"});
  CHECK(contains(parts.server, "location = /v1/api {"));
  CHECK(contains(parts.server, "location ^~ /v1/api/ {"));
}

TEST_CASE("Without a prefix the parts take the whole server, with nothing or much in it") {
  for (const auto& functions :
       {std::vector<DeployedFunction>{},
        {function("index", "/"), function("rest", "/{rest...}"), function("x", "/{x}")}}) {
    const auto parts = parts_of({"", functions});
    const test::TemporaryDirectory directory;
    CHECK(complaints(directory, somebodys(directory, parts.http, {parts.server})) == no_complaint);
    CHECK(contains(parts.server, "location ^~ / {"));
  }
}

TEST_CASE("The parts reckon with the connections that Debian's nginx has") {
  auto wide = function("wide", "/api/wide");
  wide.limits.concurrency = 1000;
  CHECK(contains(parts_of({"/api", {wide}}).http, "max_conns=368;"));  // half of 736
  CHECK(contains(parts_of({"/api", {wide}}).http, "keepalive 184;"));  // in each of two workers
}

TEST_CASE(
    "nginx takes the page, the document and a folder of files, with functions of any shape beside them") {
  const test::Certificate certificate;
  for (const auto& deployment :
       {Deployment{"/api", {function("hello", "/api/hello"), function("files", "/api/files/{path...}")}},
        Deployment{"/api", {}},
        Deployment{"", {function("index", "/"), function("x", "/{x}"), function("y", "/{x}/y")}},
        Deployment{"", {function("rest", "/{rest...}")}}, Deployment{"", {function("docs", "/docs")}},
        Deployment{"", {function("docs.x", "/docs/{x}"), function("document", "/openapi.json")}},
        Deployment{"/docs", {function("hello", "/docs/hello")}}, Deployment{"/openapi.json/x", {}}}) {
    const bool is_docs = deployment.prefix == "/docs" ||
                         std::any_of(deployment.functions.begin(), deployment.functions.end(),
                                     [](const auto& one) { return one.id.starts_with("docs"); });
    for (const bool has_page : {true, false}) {
      for (const bool is_tls : {true, false}) {
        const test::TemporaryDirectory directory;
        auto settings = settings_in(directory.path());
        settings.docs = gateway::Docs{directory.path(), has_page};
        settings.public_folder = directory.path();
        if (is_tls) {
          settings.tls_certificate = certificate.file();
          settings.tls_key = certificate.key_file();
        }
        const auto text = nginx_configuration(deployment, settings);
        INFO(text);
        CHECK(complaints(directory, text) == no_complaint);
        CHECK(contains(text, "location = /docs/ {") == (has_page && !is_docs));
      }
    }
  }
}

TEST_CASE(
    "The page is a part of its own for an nginx of somebody else's, and nothing but comments where it is "
    "off") {
  const Deployment deployment{"/api", {function("hello", "/api/hello")}};
  const test::TemporaryDirectory directory;
  const auto parts = parts_of(deployment, "stile", gateway::Docs{directory.path(), true});
  CHECK(complaints(directory, somebodys(directory, parts.http, {parts.server + parts.docs})) == no_complaint);
  CHECK(outermost(parts.docs) == std::set<std::string>{"location =", "location ^~"});
  CHECK(contains(parts.docs, "root \"" + directory.path() + "\";"));
  const auto off = parts_of(deployment);
  CHECK_FALSE(contains(off.server, "/docs"));
  CHECK(outermost(off.docs).empty());
}

TEST_CASE("An endpoint that is not built answers why, whatever its error is made of") {
  Deployment deployment{"/api", {function("hello", "/api/hello")}, {}};
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  deployment.broken.push_back({Route::parse("/api/new"), "functions/new.cpp:2:1: error: " + every_byte});
  deployment.broken.push_back({Route::parse("/api/notes/{id}"), "${request_uri} '; return 200; # \\"});
  deployment.broken.push_back({Route::parse("/healthz"), "this too"});
  const test::TemporaryDirectory directory;
  const auto text = nginx_configuration(deployment, settings_in(directory.path()));
  CHECK(complaints(directory, text) == no_complaint);
  CHECK(contains(text, "functions/new.cpp:2:1: error: "));
  CHECK(contains(text, R"("detail":"\\u0024{request_uri} \\u0027; return 200; # \\u005c")"));
  CHECK_FALSE(contains(text, "\"$\""));
}
