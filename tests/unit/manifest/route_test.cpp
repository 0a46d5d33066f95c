#include "manifest/route.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

using namespace stile;
using namespace std::string_literals;
using Catch::Matchers::Contains;

namespace {

// The values by name, or nothing where the route does not match.
std::optional<std::map<std::string, std::string>> matched(std::string_view pattern, std::string_view path) {
  const Route route = Route::parse(pattern);
  const auto values = route.match(path);
  if (!values) return std::nullopt;
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : *values) result.emplace(name, value);
  return result;
}

using Values = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("A pattern is read and written alike") {
  for (const auto* pattern : {"/", "/hello", "/todos/{id}", "/files/{path...}", "/a/{b}/c/{d}/{e...}",
                              "/.well-known", "/v1.2/~x/a-b_c", "/{path...}", "/..."}) {
    CHECK(Route::parse(pattern).pattern() == pattern);
  }
}

TEST_CASE("The segments of a pattern say what they are") {
  const Route route = Route::parse("/a/{b}/{c...}");
  using Kind = Segment::Kind;
  CHECK(route.segments() ==
        std::vector<Segment>{{Kind::literal, "a"}, {Kind::parameter, "b"}, {Kind::rest, "c"}});
  CHECK(Route::parse("/").segments().empty());
}

TEST_CASE("A pattern that cannot be is refused in a sentence that says why") {
  const std::map<std::string, std::string> mistakes{
      {"", "must begin with '/'"},
      {"hello", "must begin with '/'"},
      {"//", "empty segment"},
      {"/a/", "empty segment"},
      {"/a//b", "empty segment"},
      {"/.", "'.' and '..'"},
      {"/a/../b", "'.' and '..'"},
      {"/a b", "'a b' may hold letters"},
      {"/a%20b", "may hold letters"},
      {"/a?b", "may hold letters"},
      {"/caf\xc3\xa9", "may hold letters"},
      {"/a\n", "may hold letters"},
      {"/id}", "may hold letters"},
      {"/a{id}", "a parameter is a whole segment"},
      {"/{id", "closing brace"},
      {"/{id}x", "closing brace"},
      {"/{}", "is no parameter"},
      {"/{...}", "is no parameter"},
      {"/{1d}", "is no parameter"},
      {"/{a-b}", "is no parameter"},
      {"/{a..}", "is no parameter"},
      {"/{a....}", "is no parameter"},
      {"/{{a}}", "is no parameter"},
      {"/{a}/{a}", "two parameters are called 'a'"},
      {"/{a}/b/{a...}", "two parameters are called 'a'"},
      {"/{a...}/b", "nothing can follow {a...}"},
  };
  for (const auto& [pattern, words] : mistakes) {
    CAPTURE(pattern);
    CHECK_THROWS_AS(Route::parse(pattern), std::invalid_argument);
    CHECK_THROWS_WITH(Route::parse(pattern), Contains("the route '" + pattern + "'") && Contains(words));
  }
}

TEST_CASE("A function's file says where it is served") {
  const std::map<std::string, std::string> routes{
      {"hello.cpp", "/hello"},
      {"index.cpp", "/"},
      {"todos/index.cpp", "/todos"},
      {"todos/{id}.cpp", "/todos/{id}"},
      {"todos/{id}/index.cpp", "/todos/{id}"},
      {"files/{path...}.cpp", "/files/{path...}"},
      {"index/a.cpp", "/index/a"},
      {"reindex.cpp", "/reindex"},
      {"{index}.cpp", "/{index}"},
      {"v1.2/a.b.cpp", "/v1.2/a.b"},
      {"a_b.cpp", "/a_b"},
  };
  for (const auto& [file, pattern] : routes) {
    CAPTURE(file);
    CHECK(Route::of_file(file).pattern() == pattern);
  }
}

TEST_CASE("A file that can be no endpoint is refused in a sentence that says why") {
  CHECK_THROWS_WITH(Route::of_file("hello.cc"), Contains("'hello.cc'") && Contains("must end in .cpp"));
  CHECK_THROWS_WITH(Route::of_file("_store.cpp"), Contains("shared code"));
  CHECK_THROWS_WITH(Route::of_file("_todos/store.cpp"), Contains("shared code"));
  CHECK_THROWS_WITH(Route::of_file("todos/_store.cpp"), Contains("shared code"));
  CHECK_THROWS_WITH(Route::of_file(".cpp"), Contains("it has no name"));
  CHECK_THROWS_WITH(Route::of_file("todos/.cpp"), Contains("empty segment"));
  CHECK_THROWS_WITH(Route::of_file("my file.cpp"), Contains("may hold letters"));
  CHECK_THROWS_WITH(Route::of_file("{id.cpp"), Contains("closing brace"));
}

TEST_CASE("A prefix goes before a route") {
  const Route route = Route::parse("/todos/{id}");
  CHECK(route.below("/api").pattern() == "/api/todos/{id}");
  CHECK(route.below("/api/v1").pattern() == "/api/v1/todos/{id}");
  CHECK(route.below("").pattern() == "/todos/{id}");
  CHECK(route.below("/").pattern() == "/todos/{id}");
  CHECK(Route::parse("/").below("/api").pattern() == "/api");
  CHECK_THROWS_AS(route.below("api"), std::invalid_argument);
  CHECK_THROWS_AS(route.below("/api/"), std::invalid_argument);
  CHECK_THROWS_WITH(route.below("/{tenant}"), Contains("a prefix has no parameters"));
}

TEST_CASE("Routes that match the same paths have the same shape") {
  const auto shape = [](const char* pattern) { return Route::parse(pattern).shape(); };
  CHECK(shape("/todos/{id}") == shape("/todos/{number}"));
  CHECK(shape("/files/{path...}") == shape("/files/{rest...}"));
  CHECK(shape("/todos/{id}") != shape("/todos/{id...}"));
  CHECK(shape("/todos/{id}") != shape("/todos/id"));
  CHECK(shape("/{a}/b") != shape("/a/{b}"));
}

TEST_CASE("A literal route matches its own path and no other") {
  CHECK(matched("/api/hello", "/api/hello") == Values{});
  for (const auto* path :
       {"", "/", "/api", "/api/", "/api/hello/", "/api/hello/x", "/api//hello", "//api/hello", "/api/Hello",
        "/api/hell", "/api/helloo", "api/hello", "/api/./hello", "/api/x/../hello", "/api/hello;x",
        "/api%2fhello", "/api/hello%00", "/api/hello%", "/api/hello%0a"}) {
    CAPTURE(path);
    CHECK_FALSE(matched("/api/hello", path));
  }
}

TEST_CASE("The root matches the slash alone") {
  CHECK(matched("/", "/") == Values{});
  CHECK_FALSE(matched("/", ""));
  CHECK_FALSE(matched("/", "//"));
  CHECK_FALSE(matched("/", "/a"));
}

TEST_CASE("A literal may be written with escapes, as the web server reads it") {
  CHECK(matched("/api/hello", "/api/%68ello") == Values{});
  CHECK(matched("/a.b", "/a%2Eb") == Values{});
  CHECK_FALSE(matched("/api/hello", "/api/%2568ello"));
}

TEST_CASE("A parameter takes one whole segment, decoded once") {
  CHECK(matched("/todos/{id}", "/todos/7") == Values{{"id", "7"}});
  CHECK(matched("/todos/{id}", "/todos/a%20b") == Values{{"id", "a b"}});
  CHECK(matched("/todos/{id}", "/todos/a+b") == Values{{"id", "a+b"}});
  CHECK(matched("/todos/{id}", "/todos/%2541") == Values{{"id", "%41"}});
  CHECK(matched("/todos/{id}", "/todos/...") == Values{{"id", "..."}});
  CHECK(matched("/todos/{id}", "/todos/%2e%2e%2e") == Values{{"id", "..."}});
  CHECK(matched("/todos/{id}", "/todos/a;b=c") == Values{{"id", "a;b=c"}});
  CHECK(matched("/todos/{id}", "/todos/%0a") == Values{{"id", "\n"}});
  CHECK(matched("/{a}/x/{b}", "/1/x/2") == Values{{"a", "1"}, {"b", "2"}});
}

TEST_CASE("Invalid UTF-8 in a parameter is left for the function's type to judge") {
  CHECK(matched("/todos/{id}", "/todos/%ff") == Values{{"id", "\xff"}});
}

TEST_CASE("A parameter is never empty, a dot segment, or more than a segment") {
  for (const auto* path : {"/todos", "/todos/", "/todos//", "/todos/.", "/todos/..", "/todos/%2e",
                           "/todos/%2e%2E", "/todos/.%2e", "/todos/a%2fb", "/todos/%2F", "/todos/a%00",
                           "/todos/%", "/todos/%4", "/todos/%zz", "/todos/7/", "/todos/7/8", "//todos/7"}) {
    CAPTURE(path);
    CHECK_FALSE(matched("/todos/{id}", path));
  }
}

TEST_CASE("A rest takes what is left, segment by segment") {
  CHECK(matched("/files/{path...}", "/files/") == Values{{"path", ""}});
  CHECK(matched("/files/{path...}", "/files/a") == Values{{"path", "a"}});
  CHECK(matched("/files/{path...}", "/files/a/b%20c/d.txt") == Values{{"path", "a/b c/d.txt"}});
  CHECK(matched("/files/{path...}", "/files/a/%2541") == Values{{"path", "a/%41"}});
  CHECK(matched("/{path...}", "/") == Values{{"path", ""}});
  CHECK(matched("/{a}/{path...}", "/x/y/z") == Values{{"a", "x"}, {"path", "y/z"}});
}

TEST_CASE("No segment of a rest is empty, a dot segment, or two in one") {
  for (const auto* path : {"/files", "/files//", "/files/a/", "/files//a", "/files/a//b", "/files/..",
                           "/files/a/../b", "/files/%2e%2e/etc", "/files/a/%2e", "/files/a%2f..%2fb",
                           "/files/a%00b", "/files/a/%", "/filesx/a"}) {
    CAPTURE(path);
    CHECK_FALSE(matched("/files/{path...}", path));
  }
}

TEST_CASE("An exact segment wins over a parameter and that over a rest, from the left") {
  std::vector<Route> routes;
  for (const auto* pattern : {"/{path...}", "/{a}/{rest...}", "/{b}/c", "/{a}/{x}", "/x/{rest...}", "/x/{c}",
                              "/x/c", "/x", "/{a}", "/"}) {
    routes.push_back(Route::parse(pattern));
  }
  // The first of the sorted ones that matches is the winner, whatever order they came in.
  const auto winner = [&](std::string_view path) {
    const auto found =
        std::find_if(routes.begin(), routes.end(), [&](const Route& r) { return bool(r.match(path)); });
    return found == routes.end() ? "none" : found->pattern();
  };
  for (int turn = 0; turn < 2; ++turn) {
    std::reverse(routes.begin(), routes.end());
    std::sort(routes.begin(), routes.end(), wins_over);
    CHECK(winner("/") == "/");
    CHECK(winner("/x") == "/x");
    CHECK(winner("/y") == "/{a}");
    CHECK(winner("/x/c") == "/x/c");
    CHECK(winner("/x/y") == "/x/{c}");
    CHECK(winner("/x/y/z") == "/x/{rest...}");
    CHECK(winner("/y/c") == "/{b}/c");
    CHECK(winner("/y/z") == "/{a}/{x}");
    CHECK(winner("/y/z/1") == "/{a}/{rest...}");
    CHECK(winner("/x//") == "none");
  }
}

TEST_CASE("The order of routes is strict") {
  const Route a = Route::parse("/a/{x}"), b = Route::parse("/b/{x}");
  CHECK_FALSE(wins_over(a, a));
  CHECK(wins_over(a, b));
  CHECK_FALSE(wins_over(b, a));
}
