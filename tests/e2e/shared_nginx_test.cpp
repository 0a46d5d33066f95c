// Stile as a guest of an nginx that somebody else runs: Debian's, with a static site.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/gate.hpp"
#include "e2e/grid_project.hpp"
#include "support/debian_nginx.hpp"
#include "support/network.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

ServedOptions guest(std::vector<std::string> arguments = {}) {
  ServedOptions options;
  options.own_nginx = false;
  options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS};
  // nginx's workers are www-data's where root starts it, and ours where we do.
  if (::geteuid() == 0) options.arguments.insert(options.arguments.end(), {"--socket-group", "www-data"});
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

std::string files_of(const ServedProject& project) { return project.run_directory() + "/nginx"; }

// All of an answer but what differs from one moment and nginx to the next.
std::string essence(const HttpResponse& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const auto& [name, value] : response.headers) {
    if (name == "Date" || name == "Last-Modified" || name == "ETag" || name == "Expires" ||
        name == "Location")
      continue;
    text += name + ": " + value + "\n";
  }
  return text + response.body;
}

pid_t pid_of(HttpClient& client, const DebianNginx& nginx) {
  return json::parse(client.get(nginx.url("/api/faults/pid")).body).at("pid").get<pid_t>();
}

bool is_problem(const HttpResponse& response) {
  return response.header("Content-Type") == "application/problem+json";
}

}  // namespace

TEST_CASE("functions are served at the prefix of a server that also serves a site") {
  const ServedProject project(guest());
  const DebianNginx nginx(DebianNginx::with_files_of(files_of(project)));
  HttpClient client;
  const auto answer = client.get(nginx.url("/api/grid/where?a=1"));
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.header("X-Request-Id") == json::parse(answer.body).at("id"));
  CHECK(client.post(nginx.url("/api/grid/upload"), "[1]").status == 200);
  const auto compressed = client.get(nginx.url("/api/grid/long"), {{"Accept-Encoding", "gzip"}});
  CHECK(compressed.header("Content-Encoding") == "gzip");
  CHECK(client.get(nginx.url("/")).status == 200);
  CHECK(client.get(nginx.url("/api/grid/where")).status == 200);
  const std::string without_host = "GET /api/grid/where HTTP/1.0\r\n\r\n";
  CHECK(parse_response(raw_exchange(nginx.port(), without_host)).status == 200);
  CHECK(client.connections() == 1);  // the site's and ours are one server
  CHECK(nginx.errors().find("[error]") == std::string::npos);
}

TEST_CASE("what else that nginx serves is as it was") {
  const ServedProject project(guest());
  const DebianNginx before({});
  const DebianNginx with(DebianNginx::with_files_of(files_of(project)));
  HttpClient client;
  for (const char* path : {"/", "/index.html", "/style.css", "/nothing", "/a.php", "/apical", "/ap",
                           "/apical/x", "//", "/html/", "/healthz"}) {
    for (const char* method : {"GET", "HEAD", "POST", "DELETE"}) {
      for (const HttpHeaders& headers : {HttpHeaders{}, HttpHeaders{{"Accept-Encoding", "gzip"}}}) {
        CAPTURE(method, path);
        const auto now = client.request(method, with.url(path), headers);
        CHECK(essence(now) == essence(client.request(method, before.url(path), headers)));
        CHECK_FALSE(now.has_header("X-Request-Id"));
      }
    }
  }
  // Found before a location is: the server's own pages, also where the path is ours.
  for (const std::string line :
       {"GET /api/grid/%zz HTTP/1.1", "TRACE /api/grid/where HTTP/1.1", "GET /api/grid/where HTTP/3.0"}) {
    CAPTURE(line);
    const std::string request = line + "\r\nHost: a\r\nConnection: close\r\n\r\n";
    CHECK(essence(parse_response(raw_exchange(with.port(), request))) ==
          essence(parse_response(raw_exchange(before.port(), request))));
  }
}

TEST_CASE("the page and the document are for whoever includes docs.conf too, and follow what is served") {
  TemporaryDirectory folder;
  const auto configuration = folder.write("stile.json", "{}");
  const ServedProject project(guest({"--config", configuration}));
  auto files = DebianNginx::with_files_of(files_of(project));
  files.server += "  include " + files_of(project) + "/docs.conf;\n";
  const DebianNginx nginx(files);
  HttpClient client;
  const auto document = client.get(nginx.url("/openapi.json"));
  CHECK(document.header("Content-Type") == "application/json");
  CHECK(document.header("Cache-Control") == "no-cache");
  CHECK_FALSE(document.has_header("X-Site"));
  CHECK(json::parse(document.body).at("paths").contains("/api/grid/where"));
  CHECK_THAT(client.get(nginx.url("/docs")).header("Content-Type"),
             Catch::StartsWith("text/html") || Catch::StartsWith("application/problem+json"));
  check_problem(client.get(nginx.url("/docs/nothing")), 404);
  check_problem(client.post(nginx.url("/openapi.json"), "{}"), 405);
  CHECK(client.get(nginx.url("/")).has_header("X-Site"));
  folder.write("stile.json", R"({"routes": {"/also": "grid/where"}})");
  REQUIRE(json::parse(project.ask("reload")).at("ok") == true);
  const auto after = json::parse(client.get(nginx.url("/openapi.json")).body);
  CHECK(after.at("paths").contains("/api/also"));
  CHECK(nginx.complaints().empty());
}

TEST_CASE("what is wrong below the prefix is a problem page, whatever the server has for its own") {
  const ServedProject project(guest());
  const DebianNginx nginx(DebianNginx::with_files_of(files_of(project)));
  HttpClient client;
  for (const char* path :
       {"/api", "/api/", "/api/nothing", "/api/a.php", "/api/style.css", "/api/grid/where/"}) {
    CAPTURE(path);
    const auto response = client.get(nginx.url(path));
    check_problem(response, 404);
    CHECK_FALSE(response.has_header("X-Site"));
  }
  // nginx merges slashes for its own paths here; the worker reads the path as it came, and no function runs.
  for (const char* path : {"/api//grid/where", "//api/grid/where", "/api/grid//where", "/api/grid%2fwhere"}) {
    CAPTURE(path);
    check_problem(client.get(nginx.url(path)), 404);
  }
  const auto refused = client.request("PUT", nginx.url("/api/grid/long"));
  check_problem(refused, 405);
  CHECK(refused.header("Allow") == "GET, HEAD, POST, OPTIONS");
  check_problem(HttpClient().post(nginx.url("/api/grid/upload"), std::string(1001, 'x')), 413);
  check_problem(client.get(nginx.url("/api/grid/bug")), 500);
  check_problem(client.get(nginx.url("/api/grid/slow")), 504);
  check_problem(client.get(nginx.url("/api/faults/broken")), 503);
  const std::string chunks =
      "POST /api/grid/where HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: "
      "chunked\r\n\r\nzz\r\n\r\n";
  check_problem(parse_response(raw_exchange(nginx.port(), chunks)), 400);
  CHECK(client.get(nginx.url("/api/grid/where")).status == 200);
}

TEST_CASE("a request beyond a function's bound is a 503, and a GET whose worker dies has its second try") {
  ServedOptions options = guest();
  const TemporaryDirectory directory;
  options.arguments.insert(options.arguments.end(),
                           {"--config", directory.write("stile.json", R"({"functions": {"faults/gate":
                            {"concurrency": 1, "queue": 0}, "faults/pid": {"instances": 2}}})")});
  const ServedProject project(options);
  const DebianNginx nginx(DebianNginx::with_files_of(files_of(project)));
  HttpClient client;
  const std::string method = GENERATE("GET", "POST");
  CAPTURE(method);
  Gate gate(nginx.url(""), project.state_directory(), "one");
  auto answer = gate.send(method);
  const auto first = gate.arrivals(1).at(0);
  const auto refused = client.request(method, nginx.url("/api/faults/gate?name=one"));
  check_problem(refused, 503);
  CHECK(refused.header("Retry-After") == "1");
  REQUIRE(::kill(first, SIGKILL) == 0);
  if (method == "GET") {
    const auto second = gate.arrivals(2).at(1);
    gate.open();
    const auto response = answer.get();
    CHECK(response.status == 200);
    CHECK(json::parse(response.body).at("pid") == second);
  } else {
    check_problem(answer.get(), 502);
    CHECK(gate.arrivals(1).size() == 1);
  }
  for (int i = 0; i < 10; ++i) {
    ::kill(pid_of(client, nginx), SIGKILL);
    CHECK(client.request(method, nginx.url("/api/faults/pid")).status == 200);
  }
}

TEST_CASE("Stile is stopped and started again under that nginx, which is told nothing") {
  const TemporaryDirectory directory;
  auto options = guest();
  options.run_directory = directory.file("run");
  std::optional<ServedProject> project(options);
  const DebianNginx nginx(DebianNginx::with_files_of(files_of(*project)));
  HttpClient client;
  for (int round = 0; round < 3; ++round) {
    Gate gate(nginx.url(""), project->state_directory(), "round" + std::to_string(round));
    CHECK(client.get(nginx.url("/api/faults/pid")).status == 200);
    CHECK(client.post(nginx.url("/api/faults/pid"), "{}").status == 200);
    std::vector<std::future<HttpResponse>> running;
    for (const char* method : {"GET", "POST", "POST"}) running.push_back(gate.send(method));
    gate.arrivals(3);
    project->process().signal(SIGTERM);
    project->wait_for_log("stopping");
    // No other function, and no new request to this one, waits for those that run.
    REQUIRE(eventually([&] { return client.get(nginx.url("/api/faults/pid")).status == 503; }));
    check_problem(client.post(nginx.url("/api/faults/pid"), "{}"), 503);
    check_problem(client.get(nginx.url("/api/faults/gate?name=none")), 503);
    gate.open();
    for (auto& answer : running) CHECK(answer.get().status == 200);
    const auto exit = project->process().wait();
    REQUIRE(exit);
    CHECK(exit->clean());
    CHECK(project->processes().empty());
    CHECK(std::filesystem::is_empty(project->run_directory() + "/sockets"));
    CHECK(nginx.complaints().empty());  // it would also start while Stile does not run
    project.reset();
    project.emplace(options);
  }
  CHECK(client.post(nginx.url("/api/faults/pid"), "{}").status == 200);
  CHECK(client.get(nginx.url("/api/faults/pid")).status == 200);
}

TEST_CASE("a request that a function is being started for is answered before the end") {
  const ServedProject project(guest());
  const DebianNginx nginx(DebianNginx::with_files_of(files_of(project)));
  // Told to stop while the request is on its way to a function that has no process yet.
  RawConnection client(nginx.port());
  client.send("POST /api/faults/pid HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
  REQUIRE(
      eventually([&] { return !project.processes("faults/pid").empty() || project.processes().size() > 1; }));
  project.process().signal(SIGTERM);
  CHECK(parse_response(client.receive_all()).status == 200);
  const auto exit = project.process().wait();
  REQUIRE(exit);
  CHECK(exit->clean());
}

TEST_CASE("the command is run where a file has changed, and nginx serves what is new") {
  const TemporaryDirectory directory;
  const auto journal = directory.file("journal");
  auto options = guest({"--config", directory.write("stile.json", "{}")});
  options.run_directory = directory.file("run");
  const auto with_command = [&](const std::string& command) {
    auto all = options;
    all.arguments.insert(all.arguments.end(), {"--on-nginx-change", command});
    return all;
  };
  const auto runs = [&] {
    const auto text = std::filesystem::exists(journal) ? read_file(journal) : std::string();
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::string note = "echo run >>" + journal;
  {
    const ServedProject first(with_command(note));
    CHECK(runs() == 1);
  }
  const DebianNginx nginx(DebianNginx::with_files_of(options.run_directory + "/nginx"));
  HttpClient client;
  {
    const ServedProject again(with_command(note));  // it is over before the ready line
    CHECK(runs() == 1);
    check_problem(client.get(nginx.url("/api/further")), 404);
  }
  directory.write("stile.json", R"({"routes": {"/further": "faults/pid"}})");
  {
    const ServedProject failing(with_command("echo no luck; exit 7"));
    failing.wait_for_log("info on_nginx_change - no luck");
    failing.wait_for_log("error stile - on_nginx_change ended by exit code 7");
    CHECK(client.get(nginx.url("/api/faults/pid")).status == 200);  // it goes on
  }
  {
    const ServedProject tried_again(with_command(note + " && kill -HUP $(cat " + nginx.pid_file() + ")"));
    CHECK(runs() == 2);
    CHECK(eventually([&] { return HttpClient().get(nginx.url("/api/further")).status == 200; }));
  }
  {
    const ServedProject last(with_command(note));
    CHECK(runs() == 2);
  }
}

TEST_CASE("two Stile servers are guests of one nginx, at prefixes of their own") {
  const ServedProject one(guest());
  const ServedProject other(guest({"--prefix", "/v2"}));
  const auto first = DebianNginx::with_files_of(files_of(one));
  const auto second = DebianNginx::with_files_of(files_of(other));
  const DebianNginx nginx({first.http + second.http, first.server + second.server});
  HttpClient client;
  CHECK(client.get(nginx.url("/api/faults/pid")).status == 200);
  CHECK(client.get(nginx.url("/v2/faults/pid")).status == 200);
  CHECK(pid_of(client, nginx) == one.processes("faults/pid").at(0));
  check_problem(client.get(nginx.url("/v2/nothing")), 404);
  CHECK_FALSE(is_problem(client.get(nginx.url("/v3/nothing"))));
}

TEST_CASE("a server's own settings for its files and FastCGI do not reach the functions") {
  const ServedProject project(guest());
  const TemporaryDirectory cache;
  auto additions = DebianNginx::with_files_of(files_of(project));
  additions.http += "fastcgi_cache_path " + cache.file("cache") +
                    " keys_zone=site:1m;\nfastcgi_busy_buffers_size 256k;\n"
                    "fastcgi_buffers 64 16k;\n";
  additions.server +=
      "  fastcgi_cache site;\n  fastcgi_cache_key $uri;\n  fastcgi_cache_valid any 1h;\n  expires 1h;\n"
      "  fastcgi_intercept_errors on;\n  fastcgi_param REQUEST_URI /elsewhere;\n  client_max_body_size 1k;\n";
  const DebianNginx nginx(additions);
  HttpClient client;
  const auto one = client.get(nginx.url("/api/grid/where?n=1"));
  const auto other = client.get(nginx.url("/api/grid/where?n=2"));
  REQUIRE(one.status == 200);
  CHECK(json::parse(other.body).at("query") == "n=2");
  CHECK_FALSE(one.has_header("Expires"));
  CHECK(client.post(nginx.url("/api/grid/where"), std::string(5000, 'x')).status == 200);
  check_problem(client.get(nginx.url("/api/grid/bug")), 500);
}

TEST_CASE("a server's own rules of who may come hold for the functions too, and say so with our page") {
  const ServedProject project(guest());
  const TemporaryDirectory directory;
  auto additions = DebianNginx::with_files_of(files_of(project));
  // ada:swordfish
  additions.server += "  auth_basic site;\n  auth_basic_user_file " +
                      directory.write("users", "ada:{PLAIN}swordfish\n") + ";\n";
  const DebianNginx nginx(additions);
  HttpClient client;
  const auto refused = client.get(nginx.url("/api/faults/pid"));
  check_problem(refused, 401);
  CHECK(refused.header("WWW-Authenticate") == "Basic realm=\"site\"");
  const HttpHeaders known{{"Authorization", "Basic YWRhOnN3b3JkZmlzaA=="}};
  CHECK(client.get(nginx.url("/api/faults/pid"), known).status == 200);
  CHECK(project.processes("faults/pid").size() == 1);
  CHECK(client.request("POST", nginx.url("/api/faults/crash?how=abort"), known).status == 502);
}
