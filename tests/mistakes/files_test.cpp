// Mistakes in the names of files, and in functions/CMakeLists.txt: told when the build is configured.
#include <catch2/catch.hpp>

#include "mistakes/authoring.hpp"

using namespace stile::test;
using Catch::Contains;

namespace {

void check_refused(const std::vector<std::string>& files, const std::string& sentence,
                   const std::string& cmake = {}) {
  const Configured configured = configure(files, cmake);
  CAPTURE(files, configured.output);
  CHECK_FALSE(configured.succeeded);
  CHECK_THAT(configured.output, Contains(sentence));
}

}  // namespace

TEST_CASE("names of every kind are taken, shared code and an editor's files are no endpoints") {
  const Configured configured =
      configure({"index.cpp", "todos.cpp", "todos/{id}.cpp", "files/{path...}.cpp", "a-b.cpp", "a/b.cpp",
                 "a.b.cpp", "a_b.cpp", "~me/robots.txt.cpp", "{x}/{y}/{z...}.cpp", "_todos/store.cpp",
                 "todos/_more.cpp", ".#todos.cpp"});
  CAPTURE(configured.output);
  CHECK(configured.succeeded);
}

TEST_CASE("two files for one route are refused, both named") {
  check_refused({"todos.cpp", "todos/index.cpp"},
                "functions/todos.cpp and functions/todos/index.cpp stand for the same route, /todos: keep "
                "one of them.");
  check_refused({"todos/{id}.cpp", "todos/{key}.cpp"},
                "functions/todos/{id}.cpp and functions/todos/{key}.cpp stand for the same route, /todos/{}");
  check_refused({"{a...}.cpp", "{b...}.cpp"},
                "functions/{a...}.cpp and functions/{b...}.cpp stand for the same route");
}

TEST_CASE("a name that can't be part of a path is refused") {
  check_refused({"to do.cpp"}, "functions/to do.cpp: \"to do\" can't be part of a path");
  check_refused({"todos/{id-1}.cpp"}, "functions/todos/{id-1}.cpp: \"{id-1}\" can't be part of a path");
  check_refused({"todos/{}.cpp"}, "\"{}\" can't be part of a path");
  check_refused({"x{id}.cpp"}, "\"x{id}\" can't be part of a path");
  check_refused({"caf\xC3\xA9.cpp"}, "can't be part of a path");
}

TEST_CASE("a rest that does not stand last, and a name that stands twice, are refused") {
  check_refused({"files/{path...}/size.cpp"},
                "functions/files/{path...}/size.cpp: {name...} takes the rest of a path, "
                "so nothing can follow it.");
  check_refused({"{id}/{id}.cpp"}, "functions/{id}/{id}.cpp: {id} stands there twice.");
}

TEST_CASE("what looks like a folder's settings and is not looked at is refused") {
  check_refused(
      {"a.cpp", "admin/_setting.cpp"},
      "functions/admin/_setting.cpp is not looked at: what a folder says stands in its _settings.cpp.");
  check_refused({"a.cpp", "_settings.hpp"}, "functions/_settings.hpp is not looked at");
  for (const std::string name : {"_Settings.cpp", "_SETTINGS.cpp", "_settngs.cpp", "_folder_settings.cpp",
                                 "__settings.cpp", "_settings.cc"})
    check_refused({"a.cpp", "admin/" + name}, "functions/admin/" + name + " is not looked at");
  const Configured others =
      configure({"a.cpp", "_set.cpp", "_store.cpp", "admin/_sessions.cpp", "_stone.hpp"});
  CAPTURE(others.output);
  CHECK(others.succeeded);
}

TEST_CASE("stile_link for a function that is not there is refused") {
  check_refused({}, "stile_link(todo ...): there is no such function and no such folder of functions.",
                "stile_link(todo m)");
  const Configured good = configure({"todos/{id}.cpp"}, "stile_link(good m)\nstile_link(todos/ m)");
  CAPTURE(good.output);
  CHECK(good.succeeded);
}
