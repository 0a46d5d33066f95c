// What nginx keeps of functions' answers, and for whom.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "e2e/grid_project.hpp"
#include "support/build_folder.hpp"
#include "support/debian_nginx.hpp"
#include "support/eventually.hpp"
#include "support/network.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;
using nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class KeptProject {
 public:
  explicit KeptProject(const std::string& configuration = "{}") : project_(configuration) {}

  HttpResponse get(const std::string& path, const HttpHeaders& headers = {}) {
    return client_.get(project_.url("/api/kept/" + path), headers);
  }
  HttpResponse request(const std::string& method, const std::string& path, const HttpHeaders& headers = {},
                       const std::optional<std::string>& body = std::nullopt) {
    return client_.request(method, project_.url("/api/kept/" + path), headers, body);
  }
  /// How often a function has run.
  std::uintmax_t calls(const std::string& name) const {
    std::error_code none;
    const auto size = fs::file_size(project_.served().state_directory() + "/calls-" + name, none);
    return none ? 0 : size;
  }
  void set_mood(const std::string& name, const std::string& mood) const {
    const auto path = project_.served().state_directory() + "/mood-" + name;
    std::ofstream(path + ".new") << mood;
    fs::rename(path + ".new", path);
  }
  const GridProject& project() const { return project_; }
  HttpClient& client() { return client_; }

 private:
  GridProject project_;
  HttpClient client_;
};

std::string status_of(const HttpResponse& response) { return response.header("Cache-Status"); }
long call_of(const HttpResponse& response) { return json::parse(response.body).at("call").get<long>(); }

// The body and the status of `count` callers that come at once.
std::vector<HttpResponse> at_once(const std::string& url, std::size_t count) {
  std::vector<std::future<HttpResponse>> callers;
  for (std::size_t i = 0; i < count; ++i)
    callers.push_back(std::async(std::launch::async, [url] { return HttpClient().get(url); }));
  std::vector<HttpResponse> answers;
  for (auto& caller : callers) answers.push_back(caller.get());
  return answers;
}

}  // namespace

TEST_CASE("an answer is kept, and says so") {
  KeptProject kept;
  const auto first = kept.get("plain");
  CHECK(first.status == 200);
  CHECK(status_of(first) == "Stile; fwd=miss; stored");
  CHECK_FALSE(first.has_header("Age"));
  const auto second = kept.get("plain");
  CHECK(second.body == first.body);
  CHECK(status_of(second) == "Stile; hit");
  CHECK(second.header_values("Age").size() == 1);
  CHECK_FALSE(second.has_header("X-Stile-Made"));
  CHECK(second.header_values("X-Request-Id").size() == 1);
  CHECK(second.header("X-Request-Id") != first.header("X-Request-Id"));
  CHECK(kept.calls("plain") == 1);
}

TEST_CASE("the age of an answer is the time since the function was asked for it") {
  KeptProject kept;
  const auto begun = std::chrono::steady_clock::now();
  kept.get("plain");
  const auto age = [&] { return std::stol(kept.get("plain").header("Age")); };
  CHECK(eventually([&] { return age() == 2; }, 4s));
  const auto passed = std::chrono::steady_clock::now() - begun;
  CHECK(passed >= 1s);
  CHECK(passed <= 4s);
}

TEST_CASE("a hundred callers of what is not there yet cost one call") {
  KeptProject kept;
  kept.set_mood("crowd", "slow");
  const auto answers = at_once(kept.project().url("/api/kept/mood/crowd"), 100);
  for (const auto& answer : answers) {
    REQUIRE(answer.status == 200);
    CHECK(call_of(answer) == 1);
  }
  CHECK(kept.calls("crowd") == 1);
}

TEST_CASE("HEAD is answered from what GET has left, and leaves what GET is answered from") {
  KeptProject kept;
  const auto head = kept.request("HEAD", "plain");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  const auto answer = kept.get("plain");
  CHECK(status_of(answer) == "Stile; hit");
  CHECK(call_of(answer) == 1);
  CHECK(status_of(kept.request("HEAD", "plain")) == "Stile; hit");
  CHECK(kept.client().connections() == 1);
}

TEST_CASE("what is sent reaches the function each time, with all that belongs to it") {
  KeptProject kept;
  kept.get("plain");
  for (const std::string body : {"one", "two"}) {
    const auto answer =
        kept.request("POST", "plain?a=1&b=%32", {{"X-Trace", body}, {"Content-Type", "text/plain"}}, body);
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body) ==
          json{{"uri", "/api/kept/plain"}, {"query", "a=1&b=%32"}, {"trace", body}, {"body", body}});
    CHECK_FALSE(answer.has_header("Cache-Status"));
  }
  CHECK(kept.request("OPTIONS", "plain").status == 204);
  CHECK(kept.request("DELETE", "plain").status == 405);
  const auto chunked =
      kept.request("POST", "plain", {{"Transfer-Encoding", "chunked"}, {"Content-Type", "text/plain"}},
                   std::string(100'000, 'x'));
  CHECK(json::parse(chunked.body).at("body").get<std::string>().size() == 100'000);
}

TEST_CASE("each value of a declared parameter has an answer of its own") {
  KeptProject kept;
  const auto ask = [&](const std::string& query) { return json::parse(kept.get("search?" + query).body); };
  CHECK(ask("q=a").at("q") == "a");
  CHECK(ask("q=b").at("q") == "b");
  CHECK(ask("q=a&page=2").at("page") == 2);
  CHECK(ask("q=a").at("call") == 1);
  CHECK(kept.calls("search") == 3);
  // The order does not count.
  CHECK(ask("page=2&q=a").at("call") == 3);
  // What is empty is another thing than what is not there, and so is a blank.
  CHECK(ask("q=&page=1").at("q") == "");
  CHECK(ask("q=a+b").at("q") == "a b");
  CHECK(ask("q=a%20b").at("q") == "a b");
  CHECK(ask("q=a%2Bb").at("q") == "a+b");
}

TEST_CASE("a parameter that is not declared changes nothing, and its name is free for anybody to use") {
  KeptProject kept;
  const auto first = kept.get("search?q=a");
  for (const auto* query : {"q=a&utm_source=x", "x&q=a", "xq=b&q=a", "q=a&qq=b", "q=a&Q=b", "Q=b&q=a",
                            "q=a&=b", "q=a&&", "q=a&tags=b", "q=a&x=%zz", "q=a&x=q=b"}) {
    CAPTURE(query);
    const auto answer = kept.get(std::string("search?") + query);
    CHECK(answer.body == first.body);
    CHECK(status_of(answer) == "Stile; hit");
  }
  CHECK(kept.calls("search") == 1);
}

TEST_CASE("no way of writing a query gets one caller's answer to another one") {
  KeptProject kept;
  // What each of them must be answered as, by a function that nothing is kept of.
  struct Case {
    const char* query;
    json expected;
  };
  const std::vector<Case> cases{
      {"q=victim", {{"q", "victim"}, {"page", 1}, {"tags", json::array()}}},
      {"%71=evil", {{"q", "evil"}, {"page", 1}, {"tags", json::array()}}},
      {"q=victim&%71=evil", nullptr},
      {"%71=evil&q=victim", nullptr},
      {"q=victim&q=evil", nullptr},
      {"q=evil&q=victim", nullptr},
      {"q&q=victim", nullptr},
      {"q=victim;q=evil", {{"q", "victim;q=evil"}, {"page", 1}, {"tags", json::array()}}},
      {"q=victim%26page=2", {{"q", "victim&page=2"}, {"page", 1}, {"tags", json::array()}}},
      {"q=victim&page=%32", {{"q", "victim"}, {"page", 2}, {"tags", json::array()}}},
      {"q=victim&pag%65=3", {{"q", "victim"}, {"page", 3}, {"tags", json::array()}}},
      {"q=victim?page=4", {{"q", "victim?page=4"}, {"page", 1}, {"tags", json::array()}}},
      {"q=victim%0Apage", {{"q", "victim\npage"}, {"page", 1}, {"tags", json::array()}}},
      {"q=victim&tag=a&tag=b", {{"q", "victim"}, {"page", 1}, {"tags", {"a", "b"}}}},
      {"q=victim&tag=b&tag=a", {{"q", "victim"}, {"page", 1}, {"tags", {"b", "a"}}}},
      {"q=victim&tag=a", {{"q", "victim"}, {"page", 1}, {"tags", {"a"}}}},
      {"q=victim&tag=", {{"q", "victim"}, {"page", 1}, {"tags", {""}}}},
      {"q=victim&tag", {{"q", "victim"}, {"page", 1}, {"tags", {""}}}},
  };
  for (int round = 0; round < 2; ++round) {
    for (const auto& [query, expected] : cases) {
      CAPTURE(query, round);
      const auto answer = kept.get(std::string("search?") + query);
      if (expected.is_null()) {
        CHECK(answer.status == 422);
        continue;
      }
      REQUIRE(answer.status == 200);
      auto told = json::parse(answer.body);
      told.erase("call");
      CHECK(told == expected);
    }
  }
}

TEST_CASE("whatever a query is made of, it is answered as by a function of which nothing is kept") {
  KeptProject kept;
  const std::vector<std::string> parts{
      "q",   "page", "tag", "x",   "Q",   "%71", "p%61ge", "=",      "=", "=", "&",
      "&",   "&",    ";",   "+",   "1",   "2",   "a",      "b",      "?", ".", "%26",
      "%3D", "%41",  "q=a", "q=b", "&q=", "&q",  "tag=a",  "&tag=b", "[", "]", "page=2"};
  std::mt19937 random(42);  // NOLINT(cert-msc51-cpp): the same each time
  const auto essence = [](const HttpResponse& answer) {
    if (answer.status != 200) return std::to_string(answer.status);
    auto told = json::parse(answer.body);
    told.erase("call");
    return told.dump();
  };
  std::size_t hits = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string query;
    const auto count = random() % 9;
    for (std::size_t part = 0; part < count; ++part) query += parts.at(random() % parts.size());
    CAPTURE(query);
    const auto answer = kept.get("search?" + query);
    hits += status_of(answer) == "Stile; hit" ? 1 : 0;
    REQUIRE(essence(answer) == essence(kept.get("unkept?" + query)));
  }
  CHECK(hits > 100);
  CHECK(kept.calls("search") < 1400);
}

TEST_CASE("a function that refuses what it does not declare still does") {
  KeptProject kept;
  CHECK(json::parse(kept.get("strict?filter%5Bname%5D=a").body).at("name") == "a");
  CHECK(json::parse(kept.get("strict?filter[name]=b").body).at("name") == "b");
  CHECK(kept.get("strict?filter%5Bname%5D=a&other=1").status == 422);
  CHECK(status_of(kept.get("strict?filter%5Bname%5D=a")) == "Stile; hit");
}

TEST_CASE("headers and a body that a function does not declare reach neither it nor what is kept") {
  KeptProject kept;
  const auto first = kept.get("search?q=a");
  const auto poisoned = kept.request("GET", "search?q=a",
                                     {{"X-Forwarded-Host", "evil.test"},
                                      {"Cookie", "q=evil"},
                                      {"X-Original-URL", "/api/kept/search?q=evil"}},
                                     "q=evil");
  CHECK(poisoned.body == first.body);
  CHECK(status_of(poisoned) == "Stile; hit");
  // Asked first, it leaves what an ordinary one is answered by.
  const auto fat = kept.request("GET", "search?q=fat",
                                {{"Cookie", "q=evil"}, {"X-HTTP-Method-Override", "POST"}}, "q=evil");
  CHECK(fat.status == 200);
  CHECK(kept.get("search?q=fat").body == fat.body);
  CHECK(json::parse(fat.body).at("q") == "fat");
}

TEST_CASE("what vary names tells answers apart, and is told to others who keep them") {
  KeptProject kept;
  const auto ask = [&](const HttpHeaders& headers) { return json::parse(kept.get("words", headers).body); };
  CHECK(ask({{"Accept-Language", "de"}}).at("language") == "de");
  CHECK(ask({{"Accept-Language", "en"}}).at("language") == "en");
  CHECK(ask({}).at("language") == "");
  CHECK(ask({{"Cookie", "theme=dark"}}).at("theme") == "dark");
  CHECK(ask({{"Cookie", "theme=light"}}).at("theme") == "light");
  CHECK(ask({{"Cookie", "a=b; theme=dark; session=x"}}).at("call") == 4);
  CHECK(ask({{"Cookie", "xsize=1; x.size=2"}}).at("sizes") == json{"2"});
  CHECK(ask({{"Cookie", "x.size=2; theme=dark"}}).at("theme") == "dark");
  CHECK(ask({{"Cookie", "x.size=2; x.size=3"}}).at("sizes") == json{"2", "3"});
  CHECK(ask({{"Accept-Language", "de"}}).at("call") == 1);
  CHECK(kept.get("words", {{"Cookie", "theme=dark; theme=light"}}).status == 422);
  CHECK(ask({{"Cookie", "Theme=loud"}}).at("theme") == "");
  const auto vary = kept.get("words").header_values("Vary");
  CHECK(std::count(vary.begin(), vary.end(), "Accept-Language, Cookie") == 1);
}

TEST_CASE("over HTTP/2 answers are kept for the same callers as over HTTP/1") {
  const GridProject project(HttpVersion::two);
  auto client = project.client();
  const auto ask = [&](const HttpHeaders& headers) {
    return client.get(project.url("/api/kept/words?x=1"), headers);
  };
  CHECK(json::parse(ask({{"Cookie", "theme=dark; other=1"}}).body).at("theme") == "dark");
  CHECK(json::parse(ask({{"Cookie", "other=1"}, {"Cookie", "theme=light"}}).body).at("theme") == "light");
  const auto hit = ask({{"Cookie", "theme=dark"}});
  CHECK(status_of(hit) == "Stile; hit");
  CHECK(json::parse(hit.body).at("theme") == "dark");
}

TEST_CASE("conditions are answered from what is kept, and keep nobody from the whole") {
  KeptProject kept;
  // Nothing is kept yet: the function does not see the condition, or a 304 would be what the next one gets.
  CHECK(kept.get("words", {{"If-None-Match", "\"state\""}}).status == 304);
  const auto whole = kept.get("words");
  CHECK(whole.status == 200);
  CHECK(whole.header("ETag") == "\"state\"");
  CHECK(status_of(whole) == "Stile; hit");
  const auto unchanged = kept.get("words", {{"If-None-Match", "\"state\""}});
  CHECK(unchanged.status == 304);
  CHECK(unchanged.body.empty());
  check_problem(kept.get("words", {{"If-Match", "\"other\""}}), 412);
  CHECK(kept.get("words", {{"Range", "bytes=0-1"}}).status == 200);
  CHECK(kept.calls("words") == 1);
}

TEST_CASE("what is kept is the whole, and so is what is given") {
  KeptProject kept;
  kept.set_mood("parts", "ranges");
  for (const auto* range : {"bytes=0-1", "bytes=0-1,3-4", "bytes=100000-"}) {
    const auto answer = kept.get("mood/parts", {{"Range", range}});
    CHECK(answer.status == 200);
    CHECK(call_of(answer) == 1);
  }
}

TEST_CASE("what a function says of keeping its answer counts, and none with a cookie is kept") {
  KeptProject kept;
  for (const std::string mood : {"cookie", "no-store", "private", "no-cache"}) {
    CAPTURE(mood);
    kept.set_mood("own", mood);
    const auto before = kept.calls("own");
    for (int i = 0; i < 2; ++i) {
      const auto answer = kept.get("mood/own");
      CHECK(answer.status == 200);
      CHECK(status_of(answer) == "Stile; fwd=miss");
      CHECK(answer.has_header("Set-Cookie") == (mood == "cookie"));
    }
    CHECK(kept.calls("own") == before + 2);
  }
  kept.set_mood("own", "long");
  const auto first = kept.get("mood/own");
  CHECK(status_of(first) == "Stile; fwd=miss; stored");
  CHECK(first.header("Cache-Control") == "max-age=600");
  CHECK(eventually([&] { return kept.get("mood/own").header("Age") == "4"; }));  // `cache` says 2 s
  CHECK(status_of(kept.get("mood/own")) == "Stile; hit");
}

TEST_CASE("a function can't say in nginx's place how old an answer is") {
  KeptProject kept;
  kept.set_mood("liar", "lies");
  const auto first = kept.get("mood/liar");
  CHECK_FALSE(first.has_header("Age"));
  CHECK(first.header_values("Cache-Status").size() == 1);
  const auto second = kept.get("mood/liar");
  CHECK(status_of(second) == "Stile; hit");
  CHECK(std::stol(second.header("Age")) < 5);
  CHECK_FALSE(second.has_header("X-Stile-Made"));
}

TEST_CASE("who comes when the time is over gets the answer of before while there is a new one") {
  KeptProject kept;
  kept.set_mood("busy", "slow");
  kept.get("mood/busy");
  REQUIRE(eventually([&] { return status_of(kept.get("mood/busy")) != "Stile; hit"; }));
  const auto stale = at_once(kept.project().url("/api/kept/mood/busy"), 20);
  for (const auto& answer : stale) {
    CHECK(answer.status == 200);
    CHECK(call_of(answer) == 1);
    CHECK(status_of(answer) == "Stile; hit; detail=updating");
    CHECK(std::stol(answer.header("Age")) >= 2);
  }
  CHECK(eventually([&] { return call_of(kept.get("mood/busy")) == 2; }));
  CHECK(kept.calls("busy") == 2);
}

TEST_CASE("where the function fails who asks gets the answer of before") {
  KeptProject kept;
  int number = 0;
  for (const std::string mood : {"fail", "crash", "unready", "loud failure", "hang"}) {
    CAPTURE(mood);
    const auto name = "failing" + std::to_string(number++);
    kept.set_mood(name, "ok");
    CHECK(kept.get("mood/" + name).status == 200);
    kept.set_mood(name, mood);
    // Until the function has failed twice, and for the answer that follows.
    for (bool is_over = false; !is_over;) {
      is_over = eventually([&] { return kept.calls(name) >= 3; }, 50ms);
      const auto answer = kept.get("mood/" + name);
      CHECK(answer.status == 200);
      REQUIRE(call_of(answer) == 1);
    }
  }
}

TEST_CASE("what nobody asks for is dropped") {
  KeptProject kept;
  kept.set_mood("lonely", "ok");
  kept.get("mood/lonely");
  const auto files = [&] {
    std::size_t count = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(kept.project().served().run_directory() + "/nginx/cache_2"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  };
  CHECK(files() == 1);
  CHECK(eventually([&] { return files() == 0; }));
  CHECK(status_of(kept.get("mood/lonely")) == "Stile; fwd=miss; stored");
}

TEST_CASE("a failure is not kept, and a refusal for a second alone") {
  KeptProject kept;
  kept.set_mood("bad", "loud failure");
  CHECK(kept.get("mood/bad").status == 500);
  kept.set_mood("bad", "ok");
  CHECK(kept.get("mood/bad").status == 200);

  kept.set_mood("gone", "missing");
  const auto first = kept.get("mood/gone", {{"X-Request-Id", "chosen-by-a-client"}});
  CHECK(first.status == 404);
  CHECK(first.header("X-Request-Id") == "chosen-by-a-client");
  const auto second = kept.get("mood/gone");
  CHECK(second.status == 404);
  CHECK(status_of(second) == "Stile; hit");
  CHECK_THAT(second.body, !Catch::Contains("chosen-by-a-client"));
  kept.set_mood("gone", "ok");
  CHECK(eventually([&] { return kept.get("mood/gone").status == 200; }));
}

TEST_CASE("kept answers are files that nobody else may read") {
  KeptProject kept;
  kept.get("plain");
  std::size_t files = 0;
  const fs::path folder = kept.project().served().run_directory() + "/nginx/cache_3600";
  CHECK((fs::status(folder).permissions() & fs::perms(0077)) == fs::perms::none);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    CHECK((entry.status().permissions() & fs::perms(0077)) == fs::perms::none);
    files += entry.is_regular_file() ? 1 : 0;
  }
  CHECK(files == 1);
}

namespace {

// Functions of a folder in which they can be built again, and the command line beside them.
class BuiltProject {
 public:
  BuildFolder build{STILE_E2E_FUNCTIONS, {"kept/plain", "kept/search", "grid/stock"}};

  void start() {
    project_.reset();
    ServedOptions options;
    options.run_directory = directory_.file("run");
    options.arguments = {"--functions-build", build.path()};
    project_.emplace(options);
  }
  HttpResponse get(const std::string& name) { return HttpClient().get(project_->url("/api/kept/" + name)); }
  Outcome stile(const std::vector<std::string>& words) const {
    std::vector<std::string> command{STILE_BINARY_DIR "/bin/stile"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--run-dir", directory_.file("run")});
    return run(command);
  }
  void stop() { project_.reset(); }

 private:
  TemporaryDirectory directory_;
  std::optional<ServedProject> project_;
};

}  // namespace

TEST_CASE("what another build has answered is not this one's answer") {
  BuiltProject project;
  project.start();
  CHECK(call_of(project.get("plain")) == 1);
  project.get("search?q=a");
  project.build.build_again("kept/plain");
  REQUIRE(project.stile({"reload"}).out == "replaced kept/plain\n");
  const auto fresh = project.get("plain");
  CHECK(status_of(fresh) == "Stile; fwd=miss; stored");
  CHECK(call_of(fresh) == 2);
  CHECK(status_of(project.get("plain")) == "Stile; hit");
  CHECK(status_of(project.get("search?q=a")) == "Stile; hit");  // of another function
  // What the build before had answered may be by either of them, at the moment of the change.
  REQUIRE(project.stile({"rollback", "kept/plain"}).exit.code == 0);
  CHECK(call_of(project.get("plain")) == 3);
}

TEST_CASE("stile cache clear ends what is kept of one function or of all, for good") {
  BuiltProject project;
  project.start();
  CHECK(call_of(project.get("plain")) == 1);
  CHECK(call_of(project.get("search?q=a")) == 1);
  const auto cleared = project.stile({"cache", "clear", "kept/plain"});
  CHECK(cleared.exit.code == 0);
  CHECK(cleared.out == "no answer is kept any more of kept/plain\n");
  CHECK(call_of(project.get("plain")) == 2);
  CHECK(status_of(project.get("plain")) == "Stile; hit");
  CHECK(call_of(project.get("search?q=a")) == 1);
  CHECK(project.stile({"cache", "clear"}).out == "no answer is kept any more of kept/plain, kept/search\n");
  CHECK(call_of(project.get("plain")) == 3);
  CHECK(call_of(project.get("search?q=a")) == 2);
  // The next server knows both what is kept and what is not to be found any more.
  project.start();
  CHECK(call_of(project.get("plain")) == 3);
  CHECK(call_of(project.get("search?q=a")) == 2);

  const auto none = project.stile({"cache", "clear", "kept/none"});
  CHECK(none.exit.code == 1);
  CHECK_THAT(none.err, Catch::StartsWith("stile: there is no function kept/none"));
  const auto unkept = project.stile({"cache", "clear", "grid/stock"});
  CHECK(unkept.exit.code == 1);
  CHECK_THAT(unkept.err, Catch::StartsWith("stile: no answers of grid/stock are kept"));
  CHECK(project.stile({"cache"}).exit.code == 2);
  CHECK(project.stile({"cache", "burn"}).exit.code == 2);
  CHECK(project.stile({"cache", "clear", "kept/plain", "kept/search"}).exit.code == 2);
  project.stop();
  const auto nobody = project.stile({"cache", "clear"});
  CHECK(nobody.exit.code == 1);
  CHECK_THAT(nobody.err, Catch::StartsWith("stile: no server serves from "));
}

TEST_CASE("an nginx of somebody else's keeps answers too") {
  ServedOptions options;
  options.own_nginx = false;
  options.arguments = {"--functions-build", STILE_E2E_FUNCTIONS};
  if (::geteuid() == 0) options.arguments.insert(options.arguments.end(), {"--socket-group", "www-data"});
  const ServedProject project(options);
  const DebianNginx nginx(DebianNginx::with_files_of(project.run_directory() + "/nginx"));
  HttpClient client;
  const auto first = client.get(nginx.url("/api/kept/search?q=a&x=1"));
  CHECK(status_of(first) == "Stile; fwd=miss; stored");
  const auto second = client.get(nginx.url("/api/kept/search?q=a"));
  CHECK(status_of(second) == "Stile; hit");
  CHECK(second.body == first.body);
  CHECK(second.header_values("X-Request-Id").size() == 1);
  CHECK(client.get(nginx.url("/api/kept/words"), {{"Cookie", "theme=dark"}}).status == 200);
  CHECK(json::parse(client.post(nginx.url("/api/kept/plain"), "[1]").body).at("body") == "[1]");
  CHECK_FALSE(client.get(nginx.url("/")).has_header("Cache-Status"));
  CHECK(nginx.errors().find("[error]") == std::string::npos);
}

TEST_CASE("stile.json says for how long, or that nothing is kept, and is refused where that can't be") {
  KeptProject kept(
      R"({"functions": {"kept/plain": {"cache": "0s"}, "kept/search": {"cache": "1m"}}, "cache_size": "2MB"})");
  CHECK_FALSE(kept.get("plain").has_header("Cache-Status"));
  CHECK(kept.get("search").has_header("Cache-Status"));
  const TemporaryDirectory directory;
  const auto refused = [&](const std::string& text) {
    return run({STILE_BINARY_DIR "/bin/stile", "routes", "--functions-build", STILE_E2E_FUNCTIONS, "--config",
                directory.write("stile.json", text)});
  };
  const auto request = refused(R"({"functions": {"grid/where": {"cache": "60s"}}})");
  CHECK(request.exit.code == 1);
  CHECK_THAT(request.err, Catch::Contains("functions/grid/where.cpp: cache: GET takes the whole request"));
  const auto unit = refused(R"({"functions": {"kept/plain": {"cache": "1500ms"}}})");
  CHECK(unit.exit.code == 2);
  CHECK_THAT(unit.err, Catch::Contains("/functions/kept~1plain/cache: must be whole seconds"));
  CHECK(refused(R"({"cache_size": "1kB"})").exit.code == 2);
}

TEST_CASE("a build refuses to keep what would be given to the wrong caller") {
  const TemporaryDirectory directory;
  const auto describe = [&](const std::vector<std::pair<std::string, std::string>>& environment) {
    ProcessOptions options;
    for (const auto& [name, value] : environment) options.environment[name] = value;
    options.environment["PATH"] = "/usr/bin:/bin";
    return run(
        {STILE_SOURCE_DIR "/cmake/describe", STILE_E2E_FUNCTIONS "/kept/asks.fcgi",
         directory.file("asks.json"), STILE_SOURCE_DIR "/tests/e2e/functions/kept/asks.cpp", "kept/asks"},
        options);
  };
  CHECK(describe({}).exit.code == 0);
  CHECK(describe({{"KEPT_CACHE", "60"}, {"KEPT_VARY", "x-tenant cookie:theme"}}).exit.code == 0);
  const auto check_refused = [&](const std::string& cache, const std::string& vary,
                                 const std::string& words) {
    CAPTURE(vary);
    const auto outcome = describe({{"KEPT_CACHE", cache}, {"KEPT_VARY", vary}});
    CHECK(outcome.exit.code == 1);
    CHECK_THAT(outcome.err,
               Catch::StartsWith(STILE_SOURCE_DIR "/tests/e2e/functions/kept/asks.cpp:1:1: error: " + words));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_FALSE(fs::exists(directory.file("asks.json")));
  };
  check_refused("60", "",
                "cache: GET, or a step around it, reads the header x-tenant, which vary does not name");
  check_refused("60", "X-Tenant",
                "cache: GET, or a step around it, reads the cookie theme, which vary does not name");
  check_refused("60", "X-Tenant cookie:Theme", "cache: GET, or a step around it, reads the cookie theme");
  check_refused("60", "X-Tenant cookie:theme Authorization",
                "vary: \"Authorization\": an answer for one caller alone");
  check_refused("-1", "", "cache (seconds) must be 0 .. 2592000");
}
