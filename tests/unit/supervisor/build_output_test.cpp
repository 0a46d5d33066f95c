#include "supervisor/build_output.hpp"

#include <catch2/catch.hpp>

using namespace stile::supervisor;

namespace {

const std::string functions = "/home/ada/my project/functions";

}  // namespace

TEST_CASE("Of each step that failed the compiler's first error is told, and whose file it is") {
  const auto failures = failures_in(
      "ninja: Entering directory `/b'\n"
      "[1/4] Building CXX object CMakeFiles/functions.hello.dir/generated/functions.hello.cpp.o\n"
      "FAILED: CMakeFiles/functions.hello.dir/generated/functions.hello.cpp.o \n"
      "/usr/bin/c++ -I\"/home/ada/my project/functions/wrong.cpp\" -o x.o: error: of the command\n"
      "In file included from /b/generated/functions.hello.cpp:2:\n"
      "/home/ada/my project/functions/hello.cpp: In function 'stile::Json GET()':\n"
      "/home/ada/my project/functions/hello.cpp:3:22: error: 'retrun' was not declared in this scope\n"
      "    3 | stile::Json GET() { retrun 1; }\n"
      "/home/ada/my project/functions/hello.cpp:9:1: error: another one\n"
      "[2/4] Building CXX object CMakeFiles/functions.fine.dir/generated/functions.fine.cpp.o\n"
      "/home/ada/my project/functions/fine.cpp:1:1: warning: unused: error: none\n"
      "[3/4] Building CXX object CMakeFiles/functions.notes.id.dir/x.o\n"
      "FAILED: CMakeFiles/functions.notes.id.dir/x.o \n"
      "/usr/bin/c++ -c x.cpp\n"
      "In file included from /b/generated/functions.notes.id.cpp:2:\n"
      "/home/ada/my project/functions/notes/{id}.cpp:1:10: fatal error: nothing.hpp: No such file or "
      "directory\n"
      "ninja: build stopped: cannot make progress due to previous errors.\n",
      functions);
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].file == "hello.cpp");
  CHECK(failures[0].error == "functions/hello.cpp:3:22: error: 'retrun' was not declared in this scope");
  CHECK(failures[1].file == "notes/{id}.cpp");
  CHECK(failures[1].error ==
        "functions/notes/{id}.cpp:1:10: fatal error: nothing.hpp: No such file or directory");
}

TEST_CASE("An error in a header is of the function that includes it, one in shared code is of none") {
  const auto failures = failures_in(
      "FAILED: a.o \ncommand\n"
      "In file included from /home/ada/my project/functions/_shared/x.hpp:1,\n"
      "                 from /home/ada/my project/functions/list.cpp:1,\n"
      "                 from /b/generated/functions.list.cpp:2:\n"
      "/r/stile/json.hpp:7:1: error: static assertion failed\n"
      "[1/2] x\nFAILED: b.o \ncommand\n"
      "/home/ada/my project/functions/_shared/store.cpp:4:1: error: expected ';'\n",
      functions);
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].file == "list.cpp");
  CHECK(failures[0].error == "/r/stile/json.hpp:7:1: error: static assertion failed");
  CHECK(failures[1].file.empty());
  CHECK(failures[1].error == "functions/_shared/store.cpp:4:1: error: expected ';'");
}

TEST_CASE(
    "An error in a library's template is told where the function's file asks for it, by either compiler") {
  const auto failures = failures_in(
      "FAILED: a.o \ncommand\n"
      "/home/ada/my project/functions/a.cpp:9:1:   required from 'of an error before'\n"
      "/r/stile/json.hpp:7:1: error: before\n"
      "[1/2] x\nFAILED: b.o \ncommand\n"
      "In file included from /home/ada/my project/functions/a.cpp:1,\n"
      "/home/ada/my project/functions/a.cpp:4:1:   required from 'void describe()'\n"
      "/r/stile/described.hpp:20:2:   required from 'of a library'\n"
      "/r/stile/described.hpp:14:9: error: static assertion failed: no form\n"
      "/home/ada/my project/functions/a.cpp:7:1:   required from 'of an error behind'\n"
      "[2/2] x\nFAILED: c.o \ncommand\n"
      "/r/stile/described.hpp:14:5: error: static_assert failed \"no form\"\n"
      "/home/ada/my project/functions/c.cpp:4:1: note: in instantiation of 'x' requested here\n"
      "/home/ada/my project/functions/c.cpp:8:1: note: in instantiation of 'y' requested here\n",
      functions);
  REQUIRE(failures.size() == 3);
  CHECK(failures[0].error == "functions/a.cpp:9:1: error: before");
  CHECK(failures[1].error == "functions/a.cpp:4:1: error: static assertion failed: no form");
  CHECK(failures[2].error == "functions/c.cpp:4:1: error: static_assert failed \"no form\"");
}

TEST_CASE("What a linker misses is told from the file on") {
  const auto failures = failures_in(
      "FAILED: functions/hello.fcgi \ncommand\n"
      "/usr/bin/ld: a.o: in function `GET()':\n"
      "/usr/bin/ld: /home/ada/my project/functions/hello.cpp:3: undefined reference to `missing()'\n"
      "collect2: error: ld returned 1 exit status\n",
      functions);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].file == "hello.cpp");
  CHECK(failures[0].error == "functions/hello.cpp:3: undefined reference to `missing()'");
}

TEST_CASE("What CMake refuses is told in its own words, without where CMake was") {
  const auto failures = failures_in(
      "[0/1] Re-running CMake...\n"
      "CMake Error at /s/cmake/StileRoutes.cmake:43 (message):\n"
      "  functions/a b.cpp: \"a b\" can't be part of a path; use letters, digits\n"
      "  and ._~-\n"
      "Call Stack (most recent call first):\n"
      "  /s/cmake/StileRoutes.cmake:16 (stile_check_file_name)\n"
      "FAILED: build.ninja \ncmake -S /s\nninja: error: rebuilding 'build.ninja': subcommand failed\n",
      functions);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].file.empty());
  CHECK(failures[0].error ==
        "functions/a b.cpp: \"a b\" can't be part of a path; use letters, digits and ._~-");
}

TEST_CASE("Whatever else a build says, there is one line of it") {
  CHECK(failures_in("", functions).at(0).error == "the build failed without saying why");
  CHECK(failures_in("\n\n", functions).at(0).error == "the build failed without saying why");
  CHECK(failures_in("sh: 1: exec: ninja: not found\n", functions).at(0).error ==
        "sh: 1: exec: ninja: not found");
  CHECK(failures_in("FAILED: x\n", functions).size() == 1);
  CHECK(failures_in(std::string(5000, 'x'), functions).at(0).error.size() == 500);
}
