#include "cli/replay.hpp"

#include <catch2/catch.hpp>

#include "manifest/crash_file.hpp"
#include "posix/failure.hpp"

using namespace stile;
using namespace stile::cli;

TEST_CASE("A kept request says whose it is") {
  CrashFile crash;
  crash.function = "notes/{id}";
  CHECK(function_of_kept_request(print_crash_file(crash), "f") == "notes/{id}");
  for (const char* text : {"", "root:x:0:0", "[]", "{}", R"({"function": 1})"}) {
    INFO(text);
    CHECK_THROWS_WITH(function_of_kept_request(text, "/run/f"), Catch::StartsWith("/run/f is no request"));
  }
}

TEST_CASE("A request is replayed by the function's worker, under gdb where that is wanted") {
  BuiltFunction hello;
  hello.manifest.name = "hello";
  hello.executable = "/build/functions/hello.fcgi";
  using Words = std::vector<std::string>;
  CHECK(replay_command({hello}, "hello", "f", false) ==
        Words{"/build/functions/hello.fcgi", "--replay", "f"});
  CHECK(replay_command({hello}, "hello", "f", true) ==
        Words{"gdb", "-q", "--args", "/build/functions/hello.fcgi", "--replay", "f"});
  CHECK_THROWS_WITH(replay_command({hello}, "notes", "f", false), Catch::Contains("'notes'"));
}
