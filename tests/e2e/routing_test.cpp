// Which function a path reaches through nginx, and what nginx does to requests and answers on their way.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "e2e/grid_project.hpp"
#include "support/network.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

// One program at many routes; the names of the parameters say which one answered.
const char* const routes = R"({"routes": {
  "/r/a": "grid/where",
  "/r/{item}": "grid/where",
  "/r/a/b": "grid/where",
  "/r/a/{below}": "grid/where",
  "/r/{kind}/b": "grid/where",
  "/r/{middle}/{page}": "grid/where",
  "/r/{folder}/b/{deep}": "grid/where",
  "/r/{path...}": "grid/where",
  "/files/{path...}": "grid/where",
  "/shelf/{any}": "grid/where",
  "/shelf/box/{path...}": "grid/where",
  "/{item}": "grid/where"
}})";

}  // namespace

TEST_CASE("of the routes that match a path the one with a literal, then a parameter, wins from the left") {
  const GridProject project(routes);
  HttpClient client;
  const std::vector<std::pair<std::string, json>> table{
      {"/api/r/a", json::object()},
      {"/api/r/q", {{"item", "q"}}},
      {"/api/r/a/b", json::object()},
      {"/api/r/a/c", {{"below", "c"}}},
      {"/api/r/q/b", {{"kind", "q"}}},
      {"/api/r/q/c", {{"middle", "q"}, {"page", "c"}}},
      {"/api/r/q/b/c", {{"folder", "q"}, {"deep", "c"}}},
      {"/api/r/a/b/c", {{"folder", "a"}, {"deep", "c"}}},  // nothing that begins with a/b is as long
      {"/api/r/q/c/d", {{"path", "q/c/d"}}},
      {"/api/r/a/c/d", {{"path", "a/c/d"}}},
      {"/api/r/a/b/c/d", {{"path", "a/b/c/d"}}},
      {"/api/r/", {{"path", ""}}},
      {"/api/r", {{"item", "r"}}},
      {"/api/files/", {{"path", ""}}},
      {"/api/files/a/b.txt", {{"path", "a/b.txt"}}},
      {"/api/files", {{"item", "files"}}},  // and no redirect to "/api/files/"
      {"/api/shelf/box", {{"any", "box"}}},
      {"/api/shelf/box/", {{"path", ""}}},
      {"/api/shelf/box/lid", {{"path", "lid"}}},
      {"/api/shelf/bag", {{"any", "bag"}}},
  };
  for (const auto& [path, values] : table) {
    CAPTURE(path);
    const auto response = client.get(project.url(path));
    CHECK(response.status == 200);
    CHECK(json::parse(response.body).value("values", json()) == values);
  }
}

TEST_CASE("a path reaches a function as the client wrote it, decoded once, or not at all") {
  const GridProject project(routes);
  HttpClient client;
  const std::vector<std::pair<std::string, json>> reached{
      {"/api/r/x%0a", {{"item", "x\n"}}},
      {"/api/r/a%0a", {{"item", "a\n"}}},  // not the exact route: a newline is no end
      {"/api/r/a/c%0A", {{"below", "c\n"}}},
      {"/api/r/q/b%0a", {{"middle", "q"}, {"page", "b\n"}}},
      {"/api/r/100%25", {{"item", "100%"}}},
      {"/api/r/%2525", {{"item", "%25"}}},
      {"/api/r/%C3%A9", {{"item", "\u00e9"}}},
      {"/api/r/x;v=1", {{"item", "x;v=1"}}},
      {"/api/r/a%3fb", {{"item", "a?b"}}},
      {"/api/r/x+y", {{"item", "x+y"}}},
      {"/api/r/x.html", {{"item", "x.html"}}},
      {"/api/%72/%61", json::object()},
      {"/api/r/q?a=/../b", {{"item", "q"}}},
      {"/api/files/a%20b/c", {{"path", "a b/c"}}},
  };
  for (const auto& [path, values] : reached) {
    CAPTURE(path);
    const auto response = client.get(project.url(path));
    CHECK(response.status == 200);
    CHECK(json::parse(response.body).value("values", json()) == values);
  }
  for (const char* path : {"/api/r/x%2fy",     "/api/r%2fa",
                           "/api%2fr/a",       "/api//r/a",
                           "//api/r/a",        "/api/r//a",
                           "/api/r/a//b",      "/api/r/a/",
                           "/api/r/q/",        "/api/x/../r/a",
                           "/api/./r/a",       "/api/r/.",
                           "/api/r/q/..",      "/api/r/%2e%2e/secret",
                           "/api/r/%2e",       "/api/files/a/../b",
                           "/api/files/a//b",  "/api/files/%2e%2e/b",
                           "/api/files/a%2fb", "/api/R/a"}) {
    CAPTURE(path);
    check_problem(client.get(project.url(path)), 404);
  }
}

TEST_CASE("nothing is served where no function is") {
  const GridProject project;
  HttpClient client;
  for (const char* path :
       {"/", "/index.html", "/index.nginx-debian.html", "/api", "/api/", "/api/grid", "/api/grid/",
        "/api/grid/where/", "/api/grid/where.cpp", "/grid/where", "/api/faults"}) {
    CAPTURE(path);
    check_problem(client.get(project.url(path)), 404);
  }
  CHECK(project.workers().empty());
}

TEST_CASE("a prefix of its own, or none, moves all routes") {
  const GridProject bare(R"({"prefix": "", "routes": {"/{item}": "grid/where", "/": "grid/where"}})");
  HttpClient client;
  CHECK(json::parse(client.get(bare.url("/grid/where")).body).at("values") == json::object());
  CHECK(json::parse(client.get(bare.url("/thing")).body).at("values") == json{{"item", "thing"}});
  CHECK(json::parse(client.get(bare.url("/")).body).at("values") == json::object());
  check_problem(client.get(bare.url("/grid/nowhere")), 404);

  // A name that looks as if it were ours.
  const GridProject odd(R"({"prefix": "/_problem"})");
  CHECK(client.get(odd.url("/_problem/grid/where")).status == 200);
  check_problem(parse_response(raw_exchange(odd.port(), "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n")), 400);
}

TEST_CASE("a thousand routes of one program are all served") {
  json many = json::object();
  for (int i = 0; i < 500; ++i) {
    many["/many/n" + std::to_string(i)] = "grid/where";
    many["/many/n" + std::to_string(i) + "/{item}"] = "grid/where";
  }
  const GridProject project(json{{"routes", many}}.dump());
  HttpClient client;
  for (const char* number : {"0", "7", "499"}) {
    const auto path = "/api/many/n" + std::string(number);
    CHECK(json::parse(client.get(project.url(path)).body).at("path") == path);
    CHECK(json::parse(client.get(project.url(path + "/x")).body).at("values") == json{{"item", "x"}});
  }
  CHECK(project.workers().size() == 6);
}

TEST_CASE("a request id is kept where it is a harmless word, and is new everywhere else") {
  const GridProject project;
  HttpClient client;
  const auto id_for = [&](const std::string& sent) {
    const auto response = client.get(project.url("/api/grid/where"), {{"X-Request-Id", sent}});
    REQUIRE(response.header_values("X-Request-Id").size() == 1);
    CHECK(json::parse(response.body).at("id") == response.header("X-Request-Id"));
    return response.header("X-Request-Id");
  };
  for (const std::string good :
       {"abcdefgh", "A1.b2_C3-d4", "0123456789012345678901234567890123456789012345678901234567890123"})
    CHECK(id_for(good) == good);
  for (const std::string bad : {"short", "has space", "quote\"quote", "<script>1", "{}{}{}{}", "a/b/c/d/e",
                                "01234567890123456789012345678901234567890123456789012345678901234"}) {
    const auto id = id_for(bad);
    CHECK(id.size() == 32);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  CHECK(
      client.get(project.url("/api/nowhere"), {{"X-Request-Id", "kept-in-errors"}}).header("X-Request-Id") ==
      "kept-in-errors");
}

TEST_CASE("a function can't command nginx, nor replace the request id") {
  const GridProject project;
  HttpClient client;
  const auto response =
      client.request("PUT", project.url("/api/grid/bug"), {{"X-Request-Id", "of-the-client"}});
  CHECK(response.status == 200);
  CHECK(json::parse(response.body) == "kept");
  CHECK(response.header_values("X-Request-Id") == std::vector<std::string>{"of-the-client"});
  CHECK_FALSE(response.has_header("X-Accel-Redirect"));
}

TEST_CASE("a function is told what nginx knows, and no header of a client takes its place") {
  const GridProject project;
  HttpClient client;
  const auto response = client.request("POST", project.url("/api/grid/where?a=1&b=%20"),
                                       {{"Proxy", "http://evil.example"},
                                        {"Host", "Example.org:8080"},
                                        {"Remote-Addr", "1.2.3.4"},
                                        {"Request-Method", "DELETE"},
                                        {"X_Under", "dropped"},
                                        {"X-Mine", "kept"},
                                        {"Transfer-Encoding", "chunked"}},
                                       "twelve bytes");
  REQUIRE(response.status == 200);
  const auto told = json::parse(response.body);
  CHECK(told.at("method") == "POST");
  CHECK(told.at("query") == "a=1&b=%20");
  CHECK(told.at("client") == "127.0.0.1");
  CHECK(told.at("host") == "Example.org:8080");
  CHECK(told.at("length") == 12);
  CHECK(told.at("headers").value("X_MINE", "") == "kept");
  CHECK(told.at("headers").value("PROXY", std::string()).empty());
  CHECK_FALSE(told.at("headers").contains("X_UNDER"));
}

TEST_CASE("JSON that is worth it is compressed, nothing else is") {
  const GridProject project;
  HttpClient client;
  const HttpHeaders compressed{{"Accept-Encoding", "gzip"}};
  const auto big = client.get(project.url("/api/grid/long"), compressed);
  CHECK(big.header("Content-Encoding") == "gzip");
  CHECK(big.header("Vary") == "Accept-Encoding");
  CHECK(big.body.starts_with("\x1f\x8b"));
  CHECK(big.body.size() < 500);
  CHECK_FALSE(client.get(project.url("/api/grid/long")).has_header("Content-Encoding"));
  CHECK_FALSE(
      client.request("POST", project.url("/api/grid/long"), compressed).has_header("Content-Encoding"));
  CHECK_FALSE(client.get(project.url("/api/nowhere"), compressed).has_header("Content-Encoding"));
}

TEST_CASE("no answer says which version of nginx there is") {
  const GridProject project;
  HttpClient client;
  for (const char* path : {"/api/grid/where", "/api/nowhere"}) {
    const auto response = client.get(project.url(path));
    CHECK(response.header_values("Server") == std::vector<std::string>{"nginx"});
    CHECK(response.body.find("nginx") == std::string::npos);
  }
}

TEST_CASE("the access log is a line of JSON for each request, without what stands behind the question mark") {
  const GridProject project;
  HttpClient client;
  client.get(project.url("/api/grid/where?token=swordfish"), {{"X-Request-Id", "logged-request-1"}});
  client.request("BREW", project.url("/api/grid/where?token=swordfish"),
                 {{"X-Request-Id", "logged-request-2"}});
  client.request("POST", project.url("/api/faults/crash?how=abort&token=swordfish"),
                 {{"X-Request-Id", "logged-request-3"}});
  raw_exchange(project.port(), "GET /api/%zz?token=swordfish HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto first = json::parse(project.served().wait_for_log("logged-request-1"));
  CHECK(first.at("method") == "GET");
  CHECK(first.at("path") == "/api/grid/where");
  CHECK(first.at("status") == 200);
  CHECK(first.at("client") == "127.0.0.1");
  CHECK(first.at("function").get<std::string>().find("grid.where") == 0);
  CHECK(first.at("seconds").is_number());
  CHECK(json::parse(project.served().wait_for_log("logged-request-2")).at("status") == 405);
  CHECK(json::parse(project.served().wait_for_log("\"status\":502")).at("request_id") == "logged-request-3");
  project.served().wait_for_log("\"status\":400");
  raw_exchange(project.port(),
               "GET /api/grid/\x9b\xff HTTP/1.1\r\nHost: a\r\nX-Request-Id: logged-request-4\r\n"
               "Connection: close\r\n\r\n");
  CHECK(json::parse(project.served().wait_for_log("logged-request-4")).at("path") == "/api/grid/");
  CHECK(project.served().log().find("swordfish") == std::string::npos);
  CHECK(project.served().process().text(Stream::err).find("swordfish") == std::string::npos);
}

TEST_CASE("a client that has an answer gets a 304, and one that would overwrite what it has not seen a 412") {
  const GridProject project;
  HttpClient client;
  const auto url = project.url("/api/grid/stock");
  const HttpHeaders compressed = GENERATE(values<HttpHeaders>({{}, {{"Accept-Encoding", "gzip"}}}));
  const auto with = [&](const std::string& name, const std::string& value) {
    auto headers = compressed;
    headers.emplace_back(name, value);
    headers.emplace_back("Content-Type", "application/json");
    return headers;
  };
  const auto whole = client.get(url, compressed);
  CHECK(whole.status == 200);
  const auto tag = whole.header("ETag");
  CHECK(tag == (compressed.empty() ? "\"a\"" : "W/\"a\""));  // nginx marks what it compresses

  const auto same = client.get(url, with("If-None-Match", tag));
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("ETag") == "\"a\"");
  CHECK(client.request("HEAD", url, with("If-None-Match", tag)).status == 304);

  const auto next = "\"" + std::string(1000, 'b') + "\"";
  CHECK(client.request("PUT", url, with("If-Match", tag), next).status == 204);
  check_problem(client.request("PUT", url, with("If-Match", tag), next), 412);
  CHECK(client.get(url, with("If-None-Match", tag)).status == 200);
}
