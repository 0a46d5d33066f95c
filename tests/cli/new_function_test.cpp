// `./stile new`: in a copy of the checkout's script, with functions of its own. What it writes is built as the build does
// it.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

class Checkout {
 public:
  Checkout() {
    fs::create_directories(path("cmake"));
    fs::copy_file(STILE_SOURCE_DIR "/stile", path("stile"));
    fs::copy_file(STILE_SOURCE_DIR "/cmake/new-function", path("cmake/new-function"));
  }
  std::string path(const std::string& name) const { return directory_.file(name); }
  void write(const std::string& name, const std::string& text) const { directory_.write(name, text); }
  Outcome make(const std::vector<std::string>& words) const {
    std::vector<std::string> command{path("stile"), "new"};
    command.insert(command.end(), words.begin(), words.end());
    return run(command, {.directory = "/"});
  }
  void check_refused(const std::vector<std::string>& words, const std::string& sentence) const {
    const auto outcome = make(words);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit.code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err == "stile: " + sentence + "\n");
  }

 private:
  TemporaryDirectory directory_;
};

// What cmake/StileRoutes.cmake says of a name: nothing, or a sentence.
std::string said_by_build(const Checkout& checkout, const std::string& name) {
  checkout.write("check.cmake", "cmake_minimum_required(VERSION 3.25)\ninclude(" STILE_SOURCE_DIR
                                "/cmake/StileRoutes.cmake)\nstile_check_file_name(\"" +
                                    name + ".cpp\")\n");
  const auto outcome = run({STILE_CMAKE, "-P", checkout.path("check.cmake")});
  const auto begin = outcome.err.find("functions/");
  const auto end = outcome.err.find("\nCall Stack");
  std::string sentence;
  for (const char c :
       begin == std::string::npos ? "" : outcome.err.substr(begin, end - begin)) {  // CMake breaks lines
    const bool blank = c == ' ' || c == '\n';
    if (!blank || !sentence.ends_with(' ')) sentence += blank ? ' ' : c;
  }
  while (sentence.ends_with(' ')) sentence.pop_back();
  return sentence;
}

std::string project() {
  std::string text = R"(cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_EXTENSIONS OFF)
find_package(Catch2 REQUIRED)
add_library(stile_worker INTERFACE)
add_library(stile_endpoint INTERFACE)
target_include_directories(stile_endpoint INTERFACE @SOURCE@/runtime @SOURCE@/runtime/include)
target_link_libraries(stile_endpoint INTERFACE @BUILT@/runtime/libstile_endpoint.a
  @BUILT@/runtime/libstile_manifest.a @BUILT@/runtime/libstile_posix.a re2 crypto fmt pthread)
add_library(catch_main INTERFACE)
target_link_libraries(catch_main INTERFACE @BUILT@/tests/libcatch_main.a Catch2::Catch2)
list(APPEND CMAKE_MODULE_PATH @SOURCE@/cmake)
include(StileFunctions)
stile_add_functions(${CMAKE_CURRENT_SOURCE_DIR}/functions EXCLUDE_FROM_ALL)
file(GLOB_RECURSE sources ${CMAKE_CURRENT_SOURCE_DIR}/tests/functions/*_test.cpp)
stile_function_tests(functions_tests SOURCES ${sources})
)";
  const auto replace = [&](const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
      text.replace(at, what.size(), with);
  };
  replace("@BUILT@", STILE_BINARY_DIR);
  replace("@SOURCE@", STILE_SOURCE_DIR);
  return text;
}

}  // namespace

TEST_CASE("new writes a function and its test, and says what comes next") {
  const Checkout checkout;
  const auto outcome = checkout.make({"notes/{id}"});
  CHECK(outcome.exit.clean());
  CHECK_THAT(outcome.out,
             Catch::StartsWith(
                 "wrote functions/notes/{id}.cpp\nwrote tests/functions/notes/id_test.cpp\nnext: ./stile "));
  CHECK_THAT(read_file(checkout.path("functions/notes/{id}.cpp")), Catch::Contains("GET(Path<\"id\"> id)"));
  CHECK_THAT(read_file(checkout.path("tests/functions/notes/id_test.cpp")),
             Catch::Contains("call(GET, \"/api/notes/7\")"));
}

TEST_CASE("new takes the name as the file has it, too") {
  const Checkout checkout;
  CHECK(checkout.make({"functions/a/{path...}.cpp"}).exit.clean());
  CHECK(fs::exists(checkout.path("functions/a/{path...}.cpp")));
  CHECK(fs::exists(checkout.path("tests/functions/a/path_test.cpp")));
}

TEST_CASE("new refuses what is there, and what stands for a route that is taken") {
  const Checkout checkout;
  checkout.write("functions/todos/{id}.cpp", "mine");
  checkout.write("functions/_todos/{key}.cpp", "shared");
  checkout.write("functions/index.cpp", "mine");
  checkout.write("tests/functions/tested_test.cpp", "mine");
  checkout.check_refused({"todos/{id}"}, "functions/todos/{id}.cpp is there already.");
  checkout.check_refused({"tested"}, "tests/functions/tested_test.cpp is there already.");
  checkout.check_refused({"todos/{key}"},
                         "functions/todos/{id}.cpp and functions/todos/{key}.cpp stand for the same route, "
                         "/todos/{}: keep one of them.");
  checkout.check_refused({"index"}, "functions/index.cpp is there already.");
  CHECK(checkout.make({"todos"}).exit.clean());
  checkout.check_refused({"todos/index"},
                         "functions/todos.cpp and functions/todos/index.cpp stand for the same route, "
                         "/todos: keep one of them.");
  CHECK(read_file(checkout.path("functions/todos/{id}.cpp")) == "mine");
  CHECK_FALSE(fs::exists(checkout.path("functions/tested.cpp")));
}

TEST_CASE("new refuses the names that the build refuses, in its words, and takes the others") {
  const Checkout checkout;
  for (const std::string name :
       {"to do", "todos/{id-1}", "todos/{}", "x{id}", "caf\xC3\xA9", "files/{path...}/size", "{id}/{id}",
        "a/{x...}/{y}", "a*b", "{a}{b}", "{1}"}) {
    INFO(name);
    const auto sentence = said_by_build(checkout, name);
    REQUIRE_FALSE(sentence.empty());
    checkout.check_refused({name}, sentence);
  }
  for (const std::string name : {"a-b", "a.b", "~me/robots.txt", "{x}/{y}/{z...}", "{_a1}/b"}) {
    INFO(name);
    CHECK(said_by_build(checkout, name).empty());
    CHECK(checkout.make({name}).exit.clean());
  }
  checkout.check_refused(
      {"a/_b"},
      "functions/a/_b.cpp: \"_b\" begins with _, which is for shared code; it would be no endpoint.");
  for (const std::string name :
       {"..", "../x", "a//b", "a/", ".hidden", "a\nb"}) {  // the build sees no such file
    INFO(name);
    CHECK(checkout.make({name}).exit.code == 2);
  }
  for (const auto& words : std::vector<std::vector<std::string>>{{}, {""}, {"a", "b"}, {"--help"}}) {
    checkout.check_refused(words, "new takes the name of a function: ./stile new notes/{id}");
  }
}

TEST_CASE("new that can't write ends with 1, and leaves nothing") {
  const Checkout checkout;
  checkout.write("tests", "a file where a folder has to be");
  const auto outcome = checkout.make({"notes"});
  CHECK(outcome.exit.code == 1);
  CHECK_FALSE(outcome.err.empty());
  CHECK_FALSE(fs::exists(checkout.path("functions/notes.cpp")));
}

TEST_CASE("What new writes is built without a warning, and its tests pass") {
  const Checkout checkout;
  const std::vector<std::string> names{"index", "notes/{id}/tags/{tag}", "files/{path...}", "{class}/{Json}"};
  for (const auto& name : names) REQUIRE(checkout.make({name}).exit.clean());
  checkout.write("CMakeLists.txt", project());
  constexpr auto long_enough = 240s;  // compilers on a busy machine
  const auto configured = run({STILE_CMAKE, "-G", "Ninja", "-S", checkout.path(""), "-B",
                               checkout.path("build"), std::string("-DCMAKE_CXX_COMPILER=") + STILE_CXX,
                               "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"},
                              {}, long_enough);
  INFO(configured.out << configured.err);
  REQUIRE(configured.exit.clean());
  const auto built =
      run({STILE_CMAKE, "--build", checkout.path("build"), "--target", "functions_tests"}, {}, long_enough);
  INFO(built.out << built.err);
  REQUIRE(built.exit.clean());
  const auto tested = run({checkout.path("build/functions_tests")});
  INFO(tested.out);
  CHECK(tested.exit.clean());
  CHECK_THAT(tested.out, Catch::Contains(" in " + std::to_string(names.size()) + " test cases"));
}
