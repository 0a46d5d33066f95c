// Who is let in and who is not, through nginx: keys of `stile keys`, tokens that OpenSSL has signed.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "support/eventually.hpp"
#include "support/guarded_project.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"

using namespace stile::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

class Guarded : public GuardedProject {
 public:
  Guarded() : GuardedProject(STILE_ACCESS_FUNCTIONS) {}

  HttpResponse get(const std::string& path, const HttpHeaders& headers = {}) const {
    return HttpClient().get(project().url("/api" + path), headers);
  }
  HttpResponse with_token(const std::string& path, const std::string& text) const {
    return get(path, {{"Authorization", "Bearer " + text}});
  }
  HttpResponse with_key(const std::string& path, const std::string& key) const {
    return get(path, {{"X-API-Key", key}});
  }
};

// A configuration whose key of tokens is there.
std::string configured(const TemporaryDirectory& directory) {
  directory.write("jwt.pem", Signer::p256().public_pem());
  return directory.write("stile.json", R"({"jwt": {"algorithms": ["ES256"], "key": "jwt.pem"}})");
}

json problem_of(const HttpResponse& response, int status) {
  INFO(response.body);
  CHECK(response.status == status);
  CHECK(response.header("Content-Type") == "application/problem+json");
  return json::parse(response.body);
}

}  // namespace

TEST_CASE("an open function is for everyone, a guarded one for whoever has a key") {
  const Guarded guarded;
  const auto key = guarded.add_key({"ada", "--scope", "a", "--role", "editor"});
  CHECK(guarded.get("/open").status == 200);
  const auto without = guarded.get("/key");
  CHECK(problem_of(without, 401).at("detail") == "this needs an API key (header X-API-Key)");
  CHECK(without.header("Cache-Control") == "private");
  CHECK(without.header("WWW-Authenticate") == R"(ApiKey realm="api", header="X-API-Key")");
  const auto with = guarded.with_key("/key", key);
  CHECK(with.status == 200);
  CHECK(with.header("Cache-Control") == "private");
  const auto caller = json::parse(with.body);
  CHECK(caller.at("name") == "ada");
  CHECK(caller.at("scopes") == json{"a"});
  CHECK(caller.at("roles") == json{"editor"});
  auto wrong = key;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  problem_of(guarded.with_key("/key", wrong), 401);
  problem_of(guarded.get("/key", {{"X-API-Key", key}, {"X-API-Key", key}}), 401);
  problem_of(guarded.get("/key", {{"Authorization", "Bearer " + key}}), 401);
}

TEST_CASE("a guard stands before the body is looked at, and OPTIONS passes it") {
  const Guarded guarded;
  HttpClient client;
  CHECK(client
            .request("POST", guarded.project().url("/api/key"), {{"Content-Type", "application/json"}},
                     "no json")
            .status == 401);
  CHECK(client.request("OPTIONS", guarded.project().url("/api/key")).status == 204);
  CHECK(client.request("DELETE", guarded.project().url("/api/key")).status == 405);
}

TEST_CASE("a revoked key is refused within a second, by workers that have let it in") {
  const Guarded guarded;
  const auto key = guarded.add_key({"ada"});
  REQUIRE(guarded.with_key("/key", key).status == 200);
  guarded.revoke("ada");
  const auto since = std::chrono::steady_clock::now();
  CHECK(eventually([&] { return guarded.with_key("/key", key).status == 401; }));
  CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(1));
}

TEST_CASE("a key that has expired is refused, by workers that have let it in") {
  const Guarded guarded;
  const auto key = guarded.add_key({"guest", "--expires", "2s"});
  CHECK(guarded.with_key("/key", key).status == 200);
  CHECK(eventually([&] { return guarded.with_key("/key", key).status == 401; }));
  CHECK(problem_of(guarded.with_key("/key", key), 401).at("detail") == "the key has expired");
  CHECK(guarded.project().wait_for_log("has expired").find("guest") != std::string::npos);
}

TEST_CASE("where the keys can't be read nobody is let in, and no client is told why") {
  const Guarded guarded;
  const auto key = guarded.add_key({"ada"});
  REQUIRE(guarded.with_key("/key", key).status == 200);
  fs::permissions(guarded.keys_file(), fs::perms(0666));
  CHECK(eventually([&] { return guarded.with_key("/key", key).status == 503; }));
  const auto refused = guarded.with_key("/key", key);
  CHECK(refused.header("Retry-After") == "5");
  CHECK(refused.body.find("keys.json") == std::string::npos);
  guarded.project().wait_for_log("who calls can't be told");
}

TEST_CASE("a token is let in by its signature and claims, with the scope that is asked for") {
  const Guarded guarded;
  const auto good = guarded.with_token("/token", guarded.token());
  CHECK(good.status == 200);
  CHECK(json::parse(good.body).at("id") == "ada");
  CHECK(json::parse(good.body).at("claims").at("aud") == "notes");
  const auto none = guarded.get("/token");
  problem_of(none, 401);
  CHECK(none.header("WWW-Authenticate") == R"(Bearer realm="api")");
  const auto lesser = guarded.with_token("/token", guarded.token({{"scope", "notes:read"}}));
  const auto problem = problem_of(lesser, 403);
  CHECK(problem.at("detail") == "the caller lacks the scope notes:write");
  CHECK(problem.at("missing").at("scopes") == json{"notes:write"});
  CHECK(lesser.header("WWW-Authenticate") ==
        R"(Bearer realm="api", error="insufficient_scope", scope="notes:write")");
}

TEST_CASE("a token that is not right is refused, whatever is wrong with it") {
  const Guarded guarded;
  const auto now = Guarded::now();
  const auto other = Signer::p256();
  const json claims{{"sub", "ada"},
                    {"iss", "https://issuer.example"},
                    {"aud", "notes"},
                    {"exp", now + 600},
                    {"scope", "notes:write"}};
  const std::vector<std::string> tokens{
      guarded.token({{"exp", now - 600}}),
      guarded.token({{"nbf", now + 600}}),
      guarded.token({{"iss", "https://evil.example"}}),
      guarded.token({{"aud", "others"}}),
      other.token({{"alg", "ES256"}}, claims),
      guarded.token({{"sub", ""}}),
      base64url(R"({"alg":"none"})") + "." + base64url(claims.dump()) + ".",
      hs256(guarded.signer().public_pem(), R"({"alg":"HS256"})", claims.dump()),  // RFC 8725, section 2.1
      guarded.token() + "x",
      "a.b.c",
      ""};
  for (const auto& token : tokens) {
    CAPTURE(token);
    const auto refused = guarded.with_token("/token", token);
    problem_of(refused, 401);
    if (!token.empty())
      CHECK(refused.header("WWW-Authenticate").find(R"(error="invalid_token")") != std::string::npos);
  }
  const auto huge = guarded.with_token("/token", std::string(9000, 'a'));
  CHECK((huge.status == 401 || huge.status == 431));
}

TEST_CASE("of two ways either lets in, and both are named where neither does") {
  const Guarded guarded;
  const auto key = guarded.add_key({"ada"});
  CHECK(guarded.with_key("/either", key).status == 200);
  CHECK(guarded.with_token("/either", guarded.token()).status == 200);
  CHECK(guarded.get("/either", {{"X-API-Key", "wrong"}, {"Authorization", "Bearer " + guarded.token()}})
            .status == 200);
  const auto neither = guarded.get("/either");
  problem_of(neither, 401);
  CHECK(neither.header_values("WWW-Authenticate").size() == 2);
}

TEST_CASE("a check of one's own lets in, refuses, and fails without letting anybody in") {
  const Guarded guarded;
  const auto as = [&](const std::string& session) {
    return guarded.get("/own", {{"Cookie", "session=" + session}});
  };
  CHECK(as("of-ada").status == 200);
  CHECK(problem_of(as("of-bob"), 403).at("detail") == "the caller lacks the role editor or owner");
  problem_of(as("of-eve"), 401);
  problem_of(guarded.get("/own"), 401);
  problem_of(as("breaks"), 500);
}

TEST_CASE("a folder's guard holds for all below, and files may only ask for more unless they say otherwise") {
  const Guarded guarded;
  const auto staff = guarded.add_key({"eve", "--scope", "staff"});
  const auto admin =
      guarded.add_key({"root", "--scope", "staff", "--scope", "staff:write", "--role", "admin"});
  const auto other = guarded.add_key({"bob"});
  problem_of(guarded.get("/staff/list"), 401);
  problem_of(guarded.with_key("/staff/list", other), 403);
  const auto listed = guarded.with_key("/staff/list", staff);
  CHECK(listed.status == 200);
  CHECK(listed.header("X-Staff") == "eve");
  HttpClient client;
  const auto remove = [&](const std::string& key) {
    return client.request("DELETE", guarded.project().url("/api/staff/7"), {{"X-API-Key", key}});
  };
  CHECK(problem_of(remove(staff), 403).at("detail") ==
        "the caller lacks the scope staff:write, the role admin");
  CHECK(remove(admin).status == 200);
  CHECK(guarded.with_token("/staff/help", guarded.token()).status == 200);
  const auto desk = guarded.get("/staff/desk");
  CHECK(desk.status == 200);
  CHECK(desk.header("X-Staff") == "nobody that is known");
  problem_of(guarded.with_key("/staff/help", admin), 401);
}

TEST_CASE("no spelling of a path steps around a guard") {
  const Guarded guarded;
  for (const std::string path :
       {"/staff%2flist", "/staff%2Flist", "/staff;x/list", "/staff/list;x", "//staff/list", "/staff//list",
        "/staff/list/", "/STAFF/list", "/staff/LIST", "/./staff/list", "/open/../staff/list",
        "/open/%2e%2e/staff/list", "/%73taff/list", "/staff/%6cist", "/staff/list%00", "/staff/list?x=/open",
        "/staff/list%3f", "/staff\\list", "/open/..%2fstaff/list"}) {
    CAPTURE(path);
    const auto answer = guarded.get(path);
    INFO(answer.body);
    CHECK(answer.status >= 400);
    CHECK(answer.body.find(R"("for":"staff")") == std::string::npos);
  }
}

TEST_CASE("routes, the index and the document say who may call what") {
  const Guarded guarded;
  const auto index = json::parse(guarded.get("").body);
  json access;
  for (const auto& each : index) access[each.at("path").get<std::string>()] = each.at("access");
  CHECK(access.at("/api/open") == "everyone");
  CHECK(access.at("/api/staff/{id}") == "API key, scope staff:write, scope staff, role admin");
  const auto document = json::parse(HttpClient().get(guarded.project().url("/openapi.json")).body);
  const auto& paths = document.at("paths");
  CHECK_FALSE(paths.at("/api/open").at("get").contains("security"));
  CHECK(paths.at("/api/token").at("get").at("security") == json::parse(R"([{"jwt": ["notes:write"]}])"));
  CHECK(paths.at("/api/either").at("get").at("security").size() == 2);
  CHECK(paths.at("/api/token").at("get").at("responses").contains("401"));
  CHECK(paths.at("/api/token").at("get").at("responses").contains("403"));
  CHECK(document.at("components").at("securitySchemes").at("apiKey").at("name") == "X-API-Key");
  CHECK(document.at("components").at("securitySchemes").at("jwt").at("bearerFormat") == "JWT");
}

TEST_CASE("a caller who sends more than he may is refused, whatever address he has, and others are not") {
  const Guarded guarded;
  const auto ada = guarded.add_key({"ada"});
  const auto bob = guarded.add_key({"bob"});
  const auto first = guarded.with_key("/counted", ada);
  CHECK(first.status == 200);
  CHECK(first.header("RateLimit-Policy") == R"("caller";q=60;w=3600)");
  CHECK(first.header("RateLimit") == R"("caller";r=59;t=60)");
  for (int i = 1; i < 60; ++i) CHECK(guarded.with_key("/counted", ada).status == 200);
  const auto refused = guarded.with_key("/counted", ada);
  problem_of(refused, 429);
  CHECK(refused.header("Retry-After") == "60");
  CHECK(refused.header("RateLimit") == R"("caller";r=0;t=60)");
  CHECK(guarded.with_key("/counted", bob).status == 200);
  problem_of(guarded.with_key("/counted", "made-up"), 401);  // a token that proves nobody has no bucket
  const auto document = json::parse(HttpClient().get(guarded.project().url("/openapi.json")).body);
  CHECK(document.at("paths").at("/api/counted").at("get").at("responses").contains("429"));
}

TEST_CASE("where anything is guarded, a function that says nothing of it fails the build and is not served") {
  const TemporaryDirectory directory;
  const auto manifest = [](const std::string& name, std::optional<stile::AccessPolicy> access) {
    stile::Manifest written;
    written.file = "functions/" + name + ".cpp";
    written.name = name;
    written.route = stile::Route::parse("/" + name);
    written.methods = {"GET", "HEAD", "OPTIONS"};
    written.access = std::move(access);
    return written.to_json();
  };
  const stile::AccessPolicy guard{{{stile::AccessScheme::Kind::api_key}}, {}, {}};
  const stile::AccessPolicy open{};
  directory.write("a/b.json", manifest("a/b", guard));
  directory.write("c.json", manifest("c", {}));
  directory.write("functions.json", R"({"functions": ["a/b", "c"]})");
  const auto check = [&] {
    return run({STILE_CMAKE, "-DOUTPUT=" + directory.path(), "-DSOURCES=/project/functions", "-DNAMES=a/b,c",
                "-DSTAMP=" + directory.file("stamp"), "-P", STILE_SOURCE_DIR "/cmake/check_access.cmake"});
  };
  const auto routes = [&] {
    return run({STILE_BINARY_DIR "/bin/stile", "routes", "--functions-build", directory.path()});
  };
  const auto refused = check();
  CHECK(refused.exit.code != 0);
  CHECK(refused.out.find("/project/functions/c.cpp:1:1: error: does not say who may call it, and "
                         "functions/a/b.cpp is guarded") != std::string::npos);
  CHECK_FALSE(fs::exists(directory.file("stamp")));
  CHECK(routes().exit.code == 1);
  CHECK(routes().err.find("functions/c.cpp does not say who may call it") != std::string::npos);
  directory.write("c.json", manifest("c", open));
  CHECK(check().exit.clean());
  CHECK(fs::exists(directory.file("stamp")));
  CHECK(routes().exit.clean());
  directory.write("c.json", manifest("c", {}));
  directory.write("a/b.json", manifest("a/b", {}));
  CHECK(check().exit.clean());  // a project that guards nothing
}

TEST_CASE("a reload says what nginx has anew, and what is heard later") {
  const Guarded guarded;
  const auto reload = [&] { return json::parse(guarded.project().ask("reload")).at("message"); };
  const auto jwt = [](const std::string& issuer) {
    return R"("jwt": {"algorithms": ["ES256"], "key": "jwt.pem", "issuer": ")" + issuer +
           R"(", "audience": "notes"})";
  };
  guarded.configure("{" + jwt("https://issuer.example") + R"(, "functions": {"open": {"rate": "7/s"}}})");
  CHECK(reload() == "other settings for open");
  CHECK(guarded.get("/open").header("RateLimit-Policy") == R"("address";q=7;w=1)");
  CHECK(reload() == "nothing has changed");
  guarded.configure("{" + jwt("https://other.example") + "}");
  CHECK(reload() == "other settings for open; heard when the server starts again: jwt");
  CHECK(guarded.with_token("/token", guarded.token()).status == 200);
}

TEST_CASE("as root nothing is served by keys that are not root's") {
  if (::geteuid() != 0) return;
  const TemporaryDirectory directory;
  const auto file = directory.write("keys.json", "{}");
  constexpr uid_t nobody = 65534;
  REQUIRE(::chown(file.c_str(), nobody, nobody) == 0);
  const auto outcome =
      run({STILE_BINARY_DIR "/bin/stile", "serve", "--functions-build", STILE_ACCESS_FUNCTIONS, "--config",
           configured(directory), "--keys-file", file, "--port", "1", "--run-dir", directory.file("run")});
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.err.find(file + " is owned by uid 65534 and not by root") != std::string::npos);
}

TEST_CASE("where the key of tokens is missing nothing is served, and what does not serve goes on") {
  const TemporaryDirectory directory;
  const auto configuration = directory.write(
      "stile.json",
      R"({"jwt": {"algorithms": ["ES256"], "key": "gone.pem", "issuer": "i", "audience": "a"}})");
  const auto stile = [&](const std::string& verb) {
    return run({STILE_BINARY_DIR "/bin/stile", verb, "--functions-build", STILE_ACCESS_FUNCTIONS, "--config",
                configuration, "--port", "1", "--run-dir", directory.file("run")});
  };
  const auto outcome = stile("serve");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.err.find("stile.json: /jwt/key: there is no file " + directory.file("gone.pem")) !=
        std::string::npos);
  CHECK(stile("nginx").exit.clean());
}

TEST_CASE("tokens that nothing says how to check are not served") {
  const auto outcome =
      run({STILE_BINARY_DIR "/bin/stile", "routes", "--functions-build", STILE_ACCESS_FUNCTIONS});
  CHECK(outcome.exit.code == 1);
  CHECK(outcome.err.find("takes tokens, and nothing says which: add \"jwt\" to stile.json") !=
        std::string::npos);
}
