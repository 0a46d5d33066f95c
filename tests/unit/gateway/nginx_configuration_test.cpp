#include "gateway/nginx_configuration.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>

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
  settings.snippet_directory = STILE_SOURCE_DIR "/nginx";
  settings.descriptor_limit = 4096;
  settings.workers = "2";
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

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
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
  CHECK_FALSE(contains(nginx_configuration({"/api", {}}, settings), "ssl"));
  settings.tls_certificate = certificate.file();
  settings.tls_key = certificate.key_file();
  const auto text = nginx_configuration({"/api", {function("hello", "/api/hello")}}, settings);
  CHECK(contains(text, "listen 127.0.0.1:" + std::to_string(settings.port) + " ssl http2;"));
  CHECK(complaints(directory, text) == no_complaint);
}

TEST_CASE("nginx loads a thousand routes in a second of processor time") {
  const test::TemporaryDirectory directory;
  Deployment deployment{"/api", {}};
  for (int i = 0; i < 500; ++i) {
    const auto name = "f" + std::to_string(i);
    deployment.functions.push_back(function(name, "/api/" + name));
    deployment.functions.push_back(function(name + ".id", "/api/" + name + "/{id}/of/{other}"));
  }
  const auto text = nginx_configuration(deployment, settings_in(directory.path()));
  const auto before = processor_time_of_children();
  CHECK(complaints(directory, text) == no_complaint);
  CHECK(processor_time_of_children() - before < 1s);
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
