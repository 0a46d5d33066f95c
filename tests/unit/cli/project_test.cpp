#include "cli/project.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "cli/usage_error.hpp"
#include "posix/failure.hpp"
#include "support/temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace stile;
using namespace stile::cli;

namespace {

BuiltFunction built(const std::string& name) {
  BuiltFunction function;
  function.manifest.file = "functions/" + name + ".cpp";
  function.manifest.name = name;
  function.manifest.route = Route::of_file(name + ".cpp");
  function.manifest.methods = {"GET", "HEAD", "OPTIONS"};
  function.executable = "/build/functions/" + name + ".fcgi";
  return function;
}

Configuration configured(const std::string& text) { return parse_configuration(text, "stile.json"); }

Resolved settings_with(const std::string& run_directory) {
  Resolved settings;
  settings.prefix = "/api";
  settings.run_directory = run_directory;
  return settings;
}

Deployment deploy_all(const std::string& configuration, const std::string& run_directory = "/run/stile") {
  return deploy({built("hello"), built("hello/{name}"), built("notes/{id}"), built("index")},
                configured(configuration), settings_with(run_directory));
}

const DeployedFunction& at(const Deployment& deployment, const std::string& path) {
  for (const auto& function : deployment.functions) {
    if (function.route.pattern() == path) return function;
  }
  throw std::logic_error("nothing at " + path);
}

}  // namespace

TEST_CASE("A deployed function has its whole route, the defaults, and a socket of its own") {
  const auto deployment = deploy_all("{}");
  REQUIRE(deployment.functions.size() == 4);
  CHECK(deployment.prefix == "/api");
  const auto& hello = at(deployment, "/api/hello/{name}");
  CHECK(hello.manifest.name == "hello/{name}");
  CHECK(hello.executable == "/build/functions/hello/{name}.fcgi");
  CHECK(hello.limits.timeout == 30s);
  CHECK(hello.sockets == std::vector<std::string>{"/run/stile/sockets/" + hello.id + ".sock"});
  CHECK(at(deployment, "/api").manifest.name == "index");
}

TEST_CASE("The configuration's numbers win over the function's own, which win over the defaults") {
  auto function = built("notes");
  function.manifest.limits.timeout = 1s;
  function.manifest.limits.concurrency = 2;
  const auto deployment = deploy({function}, configured(R"({"functions": {"notes": {"timeout": "3s"}}})"),
                                 settings_with("/run/stile"));
  const auto& limits = deployment.functions.front().limits;
  CHECK(limits.timeout == 3s);
  CHECK(limits.concurrency == 2);
  CHECK(limits.queue == ResolvedLimits{}.queue);
}

TEST_CASE("A rate is the function's in stile.json, or its own, or the project's") {
  auto own = built("own");
  own.manifest.limits.rate = stile::RatePolicy{2, 1s, 0};
  auto free = built("free");
  free.manifest.limits.rate = stile::RatePolicy{};
  auto settings = settings_with("/run/stile");
  settings.rate = {1, 1s, 0};
  const auto deployment = deploy({own, free, built("none"), built("said")},
                                 configured(R"({"functions": {"said": {"rate": "3/s"}}})"), settings);
  CHECK(at(deployment, "/api/own").limits.rate.requests == 2);
  CHECK_FALSE(at(deployment, "/api/free").limits.rate.is_limit());
  CHECK(at(deployment, "/api/none").limits.rate.requests == 1);
  CHECK(at(deployment, "/api/said").limits.rate.requests == 3);
}

TEST_CASE("Each instance has a socket, and no two functions come to one name") {
  const auto deployment =
      deploy({built("a"), built("a/1"), built("a.1")},
             configured(R"({"functions": {"a": {"instances": 3}}})"), settings_with("/r"));
  CHECK(at(deployment, "/api/a").sockets.size() == 3);
  std::vector<std::string> all;
  for (const auto& function : deployment.functions) {
    all.insert(all.end(), function.sockets.begin(), function.sockets.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 5);
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("A function is served at a further route too, with the same numbers") {
  const auto deployment = deploy_all(
      R"({"routes": {"/greet/{name}": "hello/{name}"}, "functions": {"hello/{name}": {"concurrency": 3}}})");
  CHECK(deployment.functions.size() == 5);
  const auto& greet = at(deployment, "/api/greet/{name}");
  const auto& hello = at(deployment, "/api/hello/{name}");
  CHECK(greet.executable == hello.executable);
  CHECK(greet.manifest.route.pattern() == "/greet/{name}");
  CHECK(greet.limits.concurrency == 3);
  CHECK(greet.id != hello.id);
}

TEST_CASE("A thousand further routes of one function have a thousand sockets") {
  Configuration configuration;
  for (int i = 0; i < 1000; ++i) configuration.routes["/r" + std::to_string(i)] = "hello";
  const auto deployment = deploy({built("hello")}, configuration, settings_with("/run/stile"));
  CHECK(deployment.functions.size() == 1001);
}

TEST_CASE("Functions stand sorted by path, as they are printed") {
  const auto deployment = deploy_all(R"({"routes": {"/greet/{name}": "hello/{name}"}})");
  std::vector<std::string> paths;
  for (const auto& function : deployment.functions) paths.push_back(function.route.pattern());
  CHECK(paths == std::vector<std::string>{"/api", "/api/greet/{name}", "/api/hello", "/api/hello/{name}",
                                          "/api/notes/{id}"});
}

TEST_CASE("A configuration that names what is not there is a usage error with its place") {
  CHECK_THROWS_WITH(
      deploy_all(R"({"functions": {"nots/{id}": {}}})"),
      Catch::StartsWith("stile.json: /functions/nots~1{id}: there is no function \"nots/{id}\"") &&
          Catch::Contains("notes/{id}"));
  CHECK_THROWS_WITH(deploy_all(R"({"routes": {"/x": "helo"}})"),
                    Catch::StartsWith("stile.json: /routes/~1x: there is no function \"helo\""));
  CHECK_THROWS_AS(deploy_all(R"({"functions": {"nots": {}}})"), UsageError);
}

TEST_CASE("A further route must have the function's parameters") {
  CHECK_THROWS_WITH(deploy_all(R"({"routes": {"/greet/{who}": "hello/{name}"}})"),
                    Catch::Contains("/routes/~1greet~1{who}") && Catch::Contains("{name}"));
  CHECK_NOTHROW(deploy_all(R"({"routes": {"/{tongue}/greet/{name}": "hello/{name}"}})"));
}

TEST_CASE("Two routes that meet are refused: as a usage error where the configuration made them meet") {
  CHECK_THROWS_AS(deploy_all(R"({"routes": {"/hello": "hello/{name}"}})"), UsageError);
  CHECK_THROWS_AS(deploy_all(R"({"routes": {"/notes/{name}": "hello/{name}"}})"), UsageError);
  CHECK_THROWS_WITH(deploy({built("a/{x}"), built("a/{y}")}, {}, settings_with("/r")),
                    Catch::Contains("functions/a/{x}.cpp") && Catch::Contains("functions/a/{y}.cpp"));
  CHECK_THROWS_AS(deploy({built("a/{x}"), built("a/{y}")}, {}, settings_with("/r")), Failure);
}

TEST_CASE("Whatever a route's name, its sockets fit into 107 bytes and say whose they are") {
  const std::string longest_user = "4294967294";
  Configuration configuration;
  const std::string deep = "/" + std::string(250, 'n') + "/{a}/of/{b}/~tilde/x.y/{rest...}";
  for (const std::string& route :
       {std::string("/orders"), deep, deep.substr(0, 251), std::string("/~"),
        "/a/" + std::string(40, '.') + "b/{id}", std::string("/notes/{id}/lines/{line}")}) {
    configuration.routes[route] = "hello";
  }
  configuration.functions["hello"].instances = 64;
  for (const std::string& folder :
       {std::string("/run/stile"), "/run/user/" + longest_user + "/stile", "/tmp/stile-" + longest_user}) {
    const auto deployment = deploy({built("hello")}, configuration, settings_with(folder));
    std::set<std::string> sockets;
    for (const auto& function : deployment.functions) {
      CHECK(function.sockets.size() == 64);
      sockets.insert(function.sockets.begin(), function.sockets.end());
      // The beginning of the route can be read in it.
      const auto begin = function.manifest.route.pattern().substr(1, 5);
      CAPTURE(function.sockets.front(), begin);
      if (begin.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
        CHECK(function.sockets.front().starts_with(folder + "/sockets/" + begin));
    }
    CHECK(sockets.size() == 64 * deployment.functions.size());
    const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@/";
    for (const auto& socket : sockets) {
      REQUIRE(socket.size() <= 107);
      REQUIRE(socket.find_first_not_of(plain) == std::string::npos);
    }
  }
}

TEST_CASE("A run directory too long for a socket's path is a failure that says what to do") {
  CHECK_NOTHROW(deploy_all("{}", "/" + std::string(60, 'x')));
  CHECK_THROWS_WITH(deploy_all("{}", "/" + std::string(95, 'x')),
                    Catch::Contains("107 bytes") && Catch::Contains("--run-dir"));
  CHECK_THROWS_AS(deploy_all("{}", "/" + std::string(95, 'x')), Failure);
}

TEST_CASE("A function's own number out of range names the function") {
  auto function = built("notes");
  function.manifest.limits.concurrency = 5000;
  CHECK_THROWS_WITH(deploy({function}, {}, settings_with("/r")),
                    Catch::Contains("functions/notes.cpp: concurrency"));
}

TEST_CASE("A folder without compiled functions is a failure that says what to do") {
  CHECK_THROWS_WITH(read_functions("/proc/self/nothing"), Catch::Contains("./stile build"));
  CHECK_THROWS_AS(read_functions("/proc/self/nothing"), Failure);
}

TEST_CASE("What is not built yet is broken, with the error of its own file or of the whole build") {
  const PartlyBuilt partly{{built("hello")}, {"new", "notes/{id}"}};
  const auto deployment = deploy_partly_built(partly, {{"new.cpp", "functions/new.cpp:1:1: error: x"}},
                                              configured("{}"), settings_with("/r"));
  CHECK(deployment.functions.size() == 1);
  REQUIRE(deployment.broken.size() == 2);
  CHECK(deployment.broken[0].route.pattern() == "/api/new");
  CHECK(deployment.broken[0].error == "functions/new.cpp:1:1: error: x");
  CHECK(deployment.broken[1].error == "This function is being built.");
  const auto with_cmake =
      deploy_partly_built(partly, {{"", "CMake's"}}, configured("{}"), settings_with("/r"));
  CHECK(with_cmake.broken[0].error == "CMake's");
}

TEST_CASE("stile.json may speak of what is not built yet, and a further route may stand in its place") {
  const PartlyBuilt partly{{built("hello")}, {"new"}};
  const auto configuration =
      configured(R"({"functions": {"new": {"queue": 1}}, "routes": {"/greet": "new", "/new": "hello"}})");
  const auto deployment = deploy_partly_built(partly, {}, configuration, settings_with("/r"));
  CHECK(deployment.functions.size() == 2);
  CHECK(deployment.broken.empty());
  CHECK_THROWS_AS(deploy_partly_built({{built("hello")}, {}}, {}, configuration, settings_with("/r")),
                  UsageError);
}

TEST_CASE("In a folder that is being built what was there before stays") {
  const test::TemporaryDirectory directory;
  directory.write("functions.json", R"({"functions": ["hello", "new"]})");
  auto hello = built("hello");
  const auto first = read_partly_built(directory.path(), {});
  CHECK(first.functions.empty());
  CHECK(first.missing == std::vector<std::string>{"hello", "new"});
  const auto second = read_partly_built(directory.path(), {hello});
  REQUIRE(second.functions.size() == 1);
  CHECK(second.functions[0].executable == hello.executable);
  CHECK(second.missing == std::vector<std::string>{"new"});
  directory.write("new.json", built("new").manifest.to_json());
  directory.write("new.fcgi", "");
  CHECK(read_partly_built(directory.path(), {}).functions.size() == 1);
}
