#include "cli/configuration.hpp"

#include <catch2/catch.hpp>

#include "cli/usage_error.hpp"

using namespace std::chrono_literals;
using namespace stile::cli;

namespace {

Configuration parse(std::string_view text) { return parse_configuration(text, "/project/stile.json"); }

// The complaint about a text, which must be a UsageError.
std::string complaint(std::string_view text) {
  try {
    parse(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("A configuration says what it says and no more") {
  const auto empty = parse("{}");
  CHECK_FALSE(empty.values.port);
  CHECK(empty.functions.empty());
  CHECK(empty.routes.empty());

  const auto full = parse(R"({
    "prefix": "/v1", "bind": "::1", "port": 8081, "run_dir": "/run/x", "state_dir": "/var/x", "secrets_dir": "/run/s", "user": "ada",
    "environment": ["HTTPS_PROXY"],
    "nginx_workers": 2, "docs": false, "nginx": false, "socket_group": "www-data", "nginx_files": "/var/y", "on_nginx_change": "true",
    "functions": {"notes/{id}": {"timeout": "500ms", "concurrency": 4, "max_body": "2MB", "instances": 3, "queue": 0},
                  "hello": {"max_body": 10}, "echo": {}},
    "routes": {"/greet/{name}": "hello/{name}"}})");
  CHECK(full.values.prefix == "/v1");
  CHECK(full.values.bind == "::1");
  CHECK(full.values.port == "8081");
  CHECK(full.values.run_directory == "/run/x");
  CHECK(full.values.state_directory == "/var/x");
  CHECK(full.values.secrets_directory == "/run/s");
  CHECK(full.environment == std::vector<std::string>{"HTTPS_PROXY"});
  CHECK(full.values.user == "ada");
  CHECK(full.values.nginx_workers == "2");
  CHECK(full.values.docs == "off");
  CHECK(full.values.nginx == "off");
  CHECK(full.values.socket_group == "www-data");
  CHECK(full.values.nginx_files == "/var/y");
  CHECK(full.values.on_nginx_change == "true");
  CHECK(parse(R"({"nginx": true})").values.nginx == "on");
  const auto& notes = full.functions.at("notes/{id}");
  CHECK(notes.timeout == 500ms);
  CHECK(notes.concurrency == 4U);
  CHECK(notes.max_body == 2'000'000U);
  CHECK(notes.instances == 3U);
  CHECK(notes.queue == 0U);
  CHECK(full.functions.at("hello").max_body == 10U);
  CHECK_FALSE(full.functions.at("hello").timeout);
  CHECK(full.functions.count("echo") == 1);
  CHECK(full.routes.at("/greet/{name}") == "hello/{name}");
}

TEST_CASE("Names of variables that can't be are refused in their place") {
  CHECK(complaint(R"({"environment": "PATH"})") ==
        "/project/stile.json: /environment: must be an array of names of variables");
  CHECK(complaint(R"({"environment": ["A", 7]})") ==
        "/project/stile.json: /environment/1: must be the name of a variable");
  CHECK(complaint(R"({"environment": ["A=B"]})") ==
        "/project/stile.json: /environment/0: \"A=B\" is no name of a variable; write letters, digits and _");
}

TEST_CASE("Folders and files in the file are below the file's own folder") {
  CHECK(parse(R"({"run_dir": "run"})").values.run_directory == "/project/run");
  CHECK(parse(R"({"state_dir": "/state"})").values.state_directory == "/state");
  CHECK(parse(R"({"secrets_dir": "secrets"})").values.secrets_directory == "/project/secrets");
  CHECK(parse(R"({"nginx_files": "files"})").values.nginx_files == "/project/files");
  CHECK(parse(R"({"keys_file": "keys.json"})").values.keys_file == "/project/keys.json");
  CHECK(parse(R"({"tls_cert": "cert.pem"})").values.tls_certificate == "/project/cert.pem");
  CHECK(parse(R"({"tls_key": "keys/key.pem"})").values.tls_key == "/project/keys/key.pem");
}

TEST_CASE("An unknown key names itself and what could stand there") {
  CHECK(complaint(R"({"prot": 80})") ==
        "/project/stile.json: /prot: there is no such setting; there are prefix, bind, port, run_dir, "
        "state_dir, "
        "secrets_dir, keys_file, user, nginx_workers, rate, trusted_proxies, tls_cert, tls_key, drain_delay, "
        "drain_timeout, keep_crashes, "
        "cache_size, docs, nginx, "
        "socket_group, nginx_files, "
        "on_nginx_change, functions, routes, api, environment, jwt");
  CHECK(
      complaint(R"({"functions": {"notes/{id}": {"timeuot": "5s"}}})") ==
      "/project/stile.json: /functions/notes~1{id}/timeuot: there is no such setting; there are timeout, "
      "concurrency, max_body, instances, queue, min_instances, idle_timeout, max_requests, max_memory, slow, "
      "rate, cache");
}

TEST_CASE("A wrong type names its place and what it must be") {
  CHECK(complaint("[]") == "/project/stile.json: must be an object, not array");
  CHECK(complaint(R"({"port": "80"})") ==
        "/project/stile.json: /port: must be a whole number, not negative, not string");
  CHECK(complaint(R"({"port": 80.5})") ==
        "/project/stile.json: /port: must be a whole number, not negative, not 80.5");
  CHECK(complaint(R"({"port": -1})") ==
        "/project/stile.json: /port: must be a whole number, not negative, not -1");
  CHECK(complaint(R"({"prefix": 1})") == "/project/stile.json: /prefix: must be a string, not 1");
  CHECK(complaint(R"({"bind": null})") == "/project/stile.json: /bind: must be a string, not null");
  CHECK(complaint(R"({"nginx": "off"})") == "/project/stile.json: /nginx: must be true or false, not string");
  CHECK(complaint(R"({"nginx_workers": true})") ==
        "/project/stile.json: /nginx_workers: must be a whole number or a string, not boolean");
  CHECK(complaint(R"({"functions": []})") == "/project/stile.json: /functions: must be an object, not array");
  CHECK(complaint(R"({"functions": {"a": 1}})") ==
        "/project/stile.json: /functions/a: must be an object, not number");
  CHECK(complaint(R"({"functions": {"a": {"timeout": 5}}})") ==
        "/project/stile.json: /functions/a/timeout: must be a string with a unit, such as \"5s\" or "
        "\"500ms\", not 5");
  CHECK(complaint(R"({"functions": {"a": {"queue": "5"}}})") ==
        "/project/stile.json: /functions/a/queue: must be a whole number, not negative, not string");
  CHECK(complaint(R"({"routes": {"/a": ["hello"]}})") ==
        "/project/stile.json: /routes/~1a: must be the name of a function, not array");
}

TEST_CASE("A value out of its range names its place and the range") {
  CHECK(complaint(R"({"port": 65536})") ==
        "/project/stile.json: /port: \"65536\" is not a port: 1 .. 65535, or 0 for any free one");
  CHECK(complaint(R"({"functions": {"a": {"concurrency": 0}}})") ==
        "/project/stile.json: /functions/a/concurrency: concurrency must be 1 .. 1024, not 0");
  CHECK(complaint(R"({"functions": {"a": {"queue": 4294967296}}})") ==
        "/project/stile.json: /functions/a/queue: is too large");
  CHECK_THAT(complaint(R"({"functions": {"a": {"timeout": "25h"}}})"),
             Catch::Contains("/functions/a/timeout: "));
  CHECK_THAT(complaint(R"({"functions": {"a": {"timeout": "5"}}})"), Catch::Contains("with a unit"));
  CHECK_THAT(complaint(R"({"functions": {"a": {"max_body": "2 MB"}}})"), Catch::Contains("is not a size"));
  CHECK_THAT(complaint(R"({"functions": {"a": {"rate": "fast"}}})"),
             Catch::Contains("/functions/a/rate: \"fast\" is no rate: write requests in a time"));
  CHECK_THAT(complaint(R"({"functions": {"a": {"rate": 5}}})"), Catch::Contains("must be a string such as"));
  CHECK_THAT(complaint(R"({"rate": "7/1h"})"),
             Catch::Contains("/rate: rate: 7 in 3600000 ms is no whole number"));
  CHECK_THAT(complaint(R"({"trusted_proxies": "0.0.0.0/0"})"), Catch::Contains("is everybody"));
  CHECK_THAT(complaint(R"({"routes": {"greet": "hello"}})"), Catch::Contains("must begin with '/'"));
}

TEST_CASE("What is not strict JSON is refused with the file and the place") {
  CHECK(complaint("{\n\"port\": 80,}") == "/project/stile.json: line 2, column 12: this is not JSON");
  CHECK(complaint(R"({"port": 80, "port": 81})") ==
        "/project/stile.json: \"port\" stands twice in one object");
  CHECK(complaint("{} {}") == "/project/stile.json: line 1, column 4: this is not JSON");
}

TEST_CASE("A place in a configuration is a JSON pointer") {
  CHECK(place_in(parse("{}"), "routes", "/a~/{b}") == "/project/stile.json: /routes/~1a~0~1{b}");
}
