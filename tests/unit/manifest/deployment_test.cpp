#include "manifest/deployment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>

using namespace stile;
using Catch::Matchers::Contains;
using Ids = std::vector<std::string>;

namespace {

DeployedFunction function(const std::string& file, const std::string& route) {
  DeployedFunction result;
  result.manifest.file = file;
  result.route = Route::parse(route);
  return result;
}

bool is_id(const std::string& id) {
  const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= 48 && id.find_first_not_of(allowed) == std::string_view::npos &&
         id[0] != '.' && id[0] != '-';
}

}  // namespace

TEST_CASE("An id reads like its route") {
  CHECK(make_ids({"/", "/hello", "/todos/{id}", "/files/{path...}", "/api/hello"}) ==
        Ids{"index", "hello", "todos.id", "files.path", "api.hello"});
  CHECK(make_ids({}).empty());
}

TEST_CASE("Routes that would read alike get a hash each, and the others stay as they are") {
  const auto ids = make_ids({"/todos/id", "/hello", "/todos/{id}", "/todos.id"});
  CHECK(ids[1] == "hello");
  for (const auto& id : {ids[0], ids[2], ids[3]}) CHECK_THAT(id, Catch::Matchers::StartsWith("todos.id-"));
  CHECK(std::set(ids.begin(), ids.end()).size() == 4);
}

TEST_CASE("A route that reads like another one's hashed id has an id of its own") {
  const auto hashed = make_ids({"/a/b", "/a.b"});
  const auto ids = make_ids({"/a/b", "/a.b", "/" + hashed[0], "/" + hashed[1]});
  CHECK(std::set(ids.begin(), ids.end()).size() == 4);
  CHECK(std::all_of(ids.begin(), ids.end(), is_id));
}

TEST_CASE("An id is short, and of characters that are safe in file names and configuration") {
  const std::string length_48(48, 'a'), length_49(49, 'a'), segment(20, 'x');
  const auto ids = make_ids({"/" + length_48, "/" + length_49, "/~home", "/.well-known/a", "/-x", "/_x",
                             "/...", "/" + segment + "/" + segment + "/" + segment + "/{a}",
                             "/" + segment + "/" + segment + "/" + segment + "/{b}"});
  for (const auto& id : ids) {
    CAPTURE(id);
    CHECK(is_id(id));
  }
  CHECK(ids[0] == length_48);
  CHECK(std::set(ids.begin(), ids.end()).size() == ids.size());
}

TEST_CASE("The same routes get the same ids in every build") {
  CHECK(make_ids({"/~home"}) == Ids{"x-home-5fedfc15"});
}

TEST_CASE("A thousand routes that read alike end up with ids of their own") {
  std::vector<std::string> patterns;
  for (int i = 0; i < 1000; ++i) patterns.push_back("/" + std::string(60, 'a') + std::to_string(i));
  const auto ids = make_ids(patterns);
  CHECK(std::set(ids.begin(), ids.end()).size() == 1000);
}

TEST_CASE("The same route twice can have no ids") {
  CHECK_THROWS_AS(make_ids({"/a", "/a"}), std::invalid_argument);
}

TEST_CASE("Two functions of one shape are refused, both files named") {
  Deployment deployment;
  deployment.functions = {function("functions/todos/{id}.cpp", "/api/todos/{id}"),
                          function("functions/hello.cpp", "/api/hello"),
                          function("functions/todos/{number}.cpp", "/api/todos/{number}")};
  CHECK_THROWS_AS(check_routes(deployment), std::invalid_argument);
  CHECK_THROWS_WITH(check_routes(deployment),
                    Contains("functions/todos/{id}.cpp") && Contains("functions/todos/{number}.cpp"));
}

TEST_CASE("Routes that merely overlap stand beside each other") {
  Deployment deployment;
  deployment.functions = {function("a.cpp", "/api/todos/{id}"), function("b.cpp", "/api/todos/new"),
                          function("c.cpp", "/api/{path...}"), function("d.cpp", "/api/{x}/new")};
  CHECK_NOTHROW(check_routes(deployment));
}
