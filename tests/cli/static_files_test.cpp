// What nginx serves by itself as files: the documentation page, the document that it shows, a project's public folder.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/installation.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using nlohmann::json;

namespace {

// An installed tree of its own, to which a page and files of the project's may be added.
class Tree {
 public:
  Tree() : program_(install_into(directory_.file("tree"))) {}

  void write(const std::string& name, const std::string& text) const {
    directory_.write("tree/" + name, text);
  }
  // As the build makes them: the large ones are compressed.
  void write_page() const {
    write("docs/index.html", "<!doctype html><title>the page</title>");
    write("docs/ui.js", "'the script'");
    run({"gzip", file("docs/ui.js")});
    write("docs/.hidden", "not a file of the page");
    fs::create_symlink("/etc/passwd", file("docs/link.txt"));
  }
  std::string file(const std::string& name) const { return directory_.file("tree/" + name); }
  ServedOptions options(std::vector<std::string> arguments = {}) const {
    return {.arguments = std::move(arguments), .process = {.directory = file("")}, .program = program_};
  }

 private:
  TemporaryDirectory directory_;
  std::string program_;
};

void check_problem(const HttpResponse& response, int status) {
  CHECK(response.status == status);
  CHECK(response.header("Content-Type") == "application/problem+json");
  CHECK(json::parse(response.body).at("status") == status);
}

void check_is_asked_again(HttpClient& client, const std::string& url) {
  const auto first = client.get(url);
  CHECK(first.header("Cache-Control") == "no-cache");
  REQUIRE_FALSE(first.header("ETag").empty());
  CHECK(client.get(url, {{"If-None-Match", first.header("ETag")}}).status == 304);
  CHECK(client.get(url, {{"If-None-Match", "\"another\""}}).status == 200);
}

}  // namespace

TEST_CASE(
    "The page's files are served under a policy that lets in nothing from elsewhere and nothing inline") {
  const Tree tree;
  tree.write_page();
  const ServedProject served(tree.options());
  HttpClient client;
  for (const std::string path : {"/docs", "/docs/ui.js", "/openapi.json"}) {
    CAPTURE(path);
    const auto answer = client.get(served.url(path));
    CHECK(answer.status == 200);
    const auto policy = answer.header("Content-Security-Policy");
    CHECK_THAT(policy, Catch::StartsWith("default-src 'none'; script-src 'self'; style-src 'self';") &&
                           Catch::Contains("frame-ancestors 'none'") &&
                           Catch::Contains("connect-src 'self'"));
    CHECK_THAT(policy, !Catch::Contains("unsafe") && !Catch::Contains("http") && !Catch::Contains("*"));
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
    CHECK(answer.has_header("X-Request-Id"));
    check_is_asked_again(client, served.url(path));
    const auto refused = client.post(served.url(path), "{}");
    check_problem(refused, 405);
    CHECK(refused.header("Allow") == "GET, HEAD");
    CHECK(client.request("HEAD", served.url(path)).status == 200);
  }
  CHECK_THAT(served.log(), Catch::Contains("\ndocs: " + served.url("/docs") + "\nready: "));
  CHECK(client.get(served.url("/docs")).header("Content-Type") == "text/html; charset=utf-8");
  CHECK(client.get(served.url("/docs/")).header("Location") == "../docs");
  for (const std::string path :
       {"/docs/nothing", "/docs/.hidden", "/docs/link.txt", "/docs/ui.js.gz/x", "/docs/../docs/x"}) {
    CAPTURE(path);
    check_problem(client.get(served.url(path)), 404);
  }
}

TEST_CASE("What is there compressed alone is for every client") {
  const Tree tree;
  tree.write_page();
  const ServedProject served(tree.options());
  HttpClient client;
  const auto compressed = client.get(served.url("/docs/ui.js"), {{"Accept-Encoding", "gzip"}});
  CHECK(compressed.header("Content-Encoding") == "gzip");
  CHECK(compressed.header("Vary") == "Accept-Encoding");
  CHECK(compressed.header("Content-Type") == "text/javascript; charset=utf-8");
  const auto plain = client.get(served.url("/docs/ui.js"), {{"Accept-Encoding", "identity"}});
  CHECK_FALSE(plain.has_header("Content-Encoding"));
  CHECK(plain.body == "'the script'");
}

TEST_CASE("Where the page's files could not be had, /docs says so and the document is there") {
  const Tree tree;
  const ServedProject served(tree.options());
  HttpClient client;
  const auto answer = client.get(served.url("/docs"));
  check_problem(answer, 404);
  CHECK_THAT(answer.body, Catch::Contains("npm") && Catch::Contains("/openapi.json"));
  check_problem(client.get(served.url("/docs/ui.js")), 404);
  const auto document = client.get(served.url("/openapi.json"));
  CHECK(document.header("Content-Type") == "application/json");
  CHECK(json::parse(document.body).at("paths").contains("/api/hello/{name}"));
}

TEST_CASE("With the docs off there is neither page nor document") {
  const Tree tree;
  tree.write_page();
  auto options = tree.options();
  SECTION("by a flag") { options.arguments = {"--no-docs"}; }
  SECTION("by the environment") { options.process.environment = {{"STILE_DOCS", "off"}}; }
  SECTION("by stile.json") { tree.write("stile.json", R"({"docs": false})"); }
  const ServedProject served(options);
  HttpClient client;
  for (const std::string path : {"/docs", "/docs/", "/docs/ui.js", "/openapi.json"}) {
    CAPTURE(path);
    check_problem(client.get(served.url(path)), 404);
  }
  CHECK(client.get(served.url("/api/hello")).status == 200);
  CHECK_THAT(served.log(), !Catch::Contains("docs: "));
}

TEST_CASE("A function that has the page's or the document's route is asked instead") {
  const Tree tree;
  tree.write_page();
  tree.write("stile.json", R"({"prefix": "/", "routes": {"/docs": "hello", "/openapi.json": "hello"}})");
  const ServedProject served(tree.options());
  HttpClient client;
  CHECK(client.get(served.url("/docs")).body == R"({"message":"Hello, World!"})");
  CHECK(client.get(served.url("/openapi.json")).body == R"({"message":"Hello, World!"})");
  check_problem(client.get(served.url("/docs/ui.js")), 404);
  CHECK_THAT(served.log(), !Catch::Contains("docs: "));
}

TEST_CASE("After a reload the document is that of what is served, and the page is there if it has come") {
  const Tree tree;
  const ServedProject served(tree.options());
  HttpClient client;
  const auto paths = [&] { return json::parse(client.get(served.url("/openapi.json")).body).at("paths"); };
  CHECK_FALSE(paths().contains("/api/greet/{name}"));
  CHECK(client.get(served.url("/docs")).status == 404);
  tree.write("stile.json", R"({"routes": {"/greet/{name}": "hello/{name}"}})");
  tree.write_page();
  tree.write("public/index.html", "the front end");
  REQUIRE(json::parse(served.ask("reload")).at("ok") == true);
  CHECK(paths().contains("/api/greet/{name}"));
  CHECK(client.get(served.url("/docs")).status == 200);
  CHECK(client.get(served.url("/")).body == "the front end");
}

TEST_CASE(
    "The page of a checkout that only root can read is served, and a public folder in it is not, which a "
    "line says "
    "so") {
  if (::geteuid() != 0) {
    WARN("hiding a folder from an account needs root: left out");
    return;
  }
  const Tree tree;
  tree.write_page();
  tree.write("public/index.html", "the front end");
  fs::permissions(tree.file(""), fs::perms::owner_all);
  const ServedProject served(tree.options());
  HttpClient client;
  CHECK(client.get(served.url("/docs")).status == 200);
  CHECK(client.get(served.url("/docs/ui.js")).status == 200);
  CHECK(client.get(served.url("/openapi.json")).status == 200);
  check_problem(client.get(served.url("/")), 404);
  served.wait_for_log("so nothing in " + tree.file("public") + " is served");
}

TEST_CASE("A project's own files are served at the root, typed, compressed and to be asked for again") {
  const Tree tree;
  tree.write("public/index.html", "<!doctype html><title>the front end</title>");
  tree.write("public/app.js", std::string(2000, ' '));
  tree.write("public/no type", "bytes");
  tree.write("public/deep/er/index.html", "deeper");
  tree.write("public/.well-known/security.txt", "Contact: ...");
  const ServedProject served(tree.options());
  HttpClient client;
  const auto page = client.get(served.url("/"));
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  CHECK(page.has_header("X-Request-Id"));
  check_is_asked_again(client, served.url("/"));
  CHECK(client.get(served.url("/index.html")).body == page.body);
  const auto script = client.get(served.url("/app.js?v=1"), {{"Accept-Encoding", "gzip"}});
  CHECK(script.header("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(script.header("Content-Encoding") == "gzip");
  CHECK(client.get(served.url("/app.js"), {{"Range", "bytes=0-9"}}).status == 206);
  CHECK(client.get(served.url("/no%20type")).header("Content-Type") == "application/octet-stream");
  CHECK(client.get(served.url("/deep/er/")).body == "deeper");
  CHECK(client.get(served.url("/deep/er")).status == 301);
  CHECK(client.get(served.url("/deep/er")).header("Location") == "/deep/er/");
  CHECK(client.get(served.url("/.well-known/security.txt")).status == 200);
  for (const std::string path : {"/", "/app.js", "/deep/er/"}) {
    CAPTURE(path);
    const auto refused = client.post(served.url(path), "{}");
    check_problem(refused, 405);
    CHECK(refused.header("Allow") == "GET, HEAD");
    CHECK(client.request("HEAD", served.url(path)).status == 200);
  }
  tree.write("public/new.txt", "made while it is served");
  CHECK(client.get(served.url("/new.txt")).status == 200);
}

TEST_CASE("Of a public folder nothing is listed, and nothing served that is hidden or lies elsewhere") {
  const Tree tree;
  tree.write("secret.txt", "secret");
  tree.write("public/empty/x.txt", "x");
  tree.write("public/.env", "secret");
  tree.write("public/.git/config", "secret");
  tree.write("public/deep/.htpasswd", "secret");
  tree.write("public/.well-known/.env", "secret");
  fs::create_symlink("../secret.txt", tree.file("public/link.txt"));
  fs::create_directory_symlink("..", tree.file("public/up"));
  const ServedProject served(tree.options());
  HttpClient client;
  CHECK(client.get(served.url("/empty/x.txt")).status == 200);
  for (const std::string path :
       {"/", "/empty/", "/.env", "/%2eenv", "/.git/config", "/deep/.htpasswd", "/.well-known/.env",
        "/link.txt", "/up/secret.txt", "/up/", "//empty/x.txt", "/empty//x.txt", "/empty/..%2fup/secret.txt",
        "/nothing", "/empty/x.txt/", "/@stile_no_file"}) {
    for (const std::string method : {"GET", "POST"}) {
      CAPTURE(path, method);
      const auto answer = client.request(method, served.url(path));
      check_problem(answer, 404);
      CHECK(answer.body.find("secret") == std::string::npos);
    }
  }
  CHECK(client.get(served.url("/../secret.txt")).status == 400);
  CHECK(client.get(served.url("/empty/..%2f..%2fsecret.txt")).status == 400);
  CHECK(client.get(served.url("/empty/%2e%2e/%2e%2e/secret.txt")).status == 400);
}

TEST_CASE(
    "A project's own 404.html is for its own paths, and what lies below the prefix is the functions' alone") {
  const Tree tree;
  tree.write("public/404.html", "the project's own");
  tree.write("public/api/hello/index.html", "a file");
  tree.write("public/api/file.txt", "a file");
  const ServedProject served(tree.options());
  HttpClient client;
  for (const std::string method : {"GET", "POST"}) {
    const auto missed = client.request(method, served.url("/nothing"));
    CHECK(missed.status == 404);
    CHECK(missed.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(missed.body == "the project's own");
  }
  CHECK(client.get(served.url("/api/hello")).body == R"({"message":"Hello, World!"})");
  for (const std::string path : {"/api/", "/api/file.txt", "/api/nothing", "/docs"}) {
    CAPTURE(path);
    check_problem(client.get(served.url(path)), 404);
  }
}

TEST_CASE("Without a prefix a function wins over a file, and its answers get nothing that is for files") {
  const Tree tree;
  tree.write("public/hello/index.html", "a file");
  tree.write("public/page.html", "a file");
  const ServedProject served(tree.options({"--prefix", "/"}));
  HttpClient client;
  const auto answer = client.get(served.url("/hello/Ada"));
  CHECK(answer.body == R"({"message":"Hello, Ada!"})");
  CHECK_FALSE(answer.has_header("Cache-Control"));
  CHECK(answer.header_values("X-Content-Type-Options").size() == 1);  // its own
  CHECK_FALSE(answer.has_header("Content-Security-Policy"));
  CHECK(client.get(served.url("/hello")).body == R"({"message":"Hello, World!"})");
  CHECK(client.get(served.url("/page.html")).body == "a file");
  CHECK(client.get(served.url("/")).header("Content-Type") == "application/json");  // functions/index.cpp
}

TEST_CASE(
    "Files, and what stands in the place of one that is missing, are shown in no frame of another site") {
  const Tree tree;
  tree.write("public/page.html", "a file");
  tree.write("public/404.html", "not here");
  const ServedProject served(tree.options());
  HttpClient client;
  for (const auto& [path, status] : {std::pair{"/page.html", 200}, std::pair{"/nothing.html", 404}}) {
    CAPTURE(path);
    const auto answer = client.get(served.url(path));
    CHECK(answer.status == status);
    CHECK(answer.header_values("Content-Security-Policy") ==
          std::vector<std::string>{"frame-ancestors 'self'"});
    CHECK(answer.header_values("Referrer-Policy") ==
          std::vector<std::string>{"strict-origin-when-cross-origin"});
    CHECK(answer.header_values("X-Content-Type-Options") == std::vector<std::string>{"nosniff"});
  }
}
