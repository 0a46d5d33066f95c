// Mistakes in what a folder's _settings.cpp says.
#include <catch2/catch.hpp>
#include <string>

#include "mistakes/mistake.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;

TEST_CASE("a folder's file without a mistake compiles without a warning") {
  for (const std::string& compiler : compilers()) {
    const Compiled compiled = compile(compiler, "admin/_settings", R"(
#include <stile/function.hpp>
using namespace stile;
struct Tenant { int id = 0; };
const Settings settings{.timeout = 5s, .environment = {"PLACE", "REGION"}};
Response around(Next<Tenant> next, Header<"X-Tenant", int> id) { return next(Tenant{*id}).header("X-Seen", "1"); }
)");
    CAPTURE(compiler, compiled.output);
    CHECK(compiled.succeeded);
    CHECK(compiled.output.empty());
  }
}

TEST_CASE("a folder's file is told what it can't have") {
  check_mistakes({"a/_settings",
                  "int helper() { return 1; }",
                  {"says nothing; write const Settings settings{...}, or a step"}});
  check_mistakes({"a/_settings",
                  "const Settings settings{};\nJson GET() { return 1; }",
                  {"a folder answers nothing itself; methods go into a file of their own, index.cpp"}});
  check_mistakes({"a/_settings",
                  "Response around(const Request&) { return {}; }",
                  {"around takes no Next, so nothing below could ever be asked"}});
  check_mistakes({"a/_settings",
                  "Json around(Next<> next) { next(); return 1; }",
                  {"around returns the answer, a Response, its own or that of next()"}});
}

TEST_CASE("a function is told that a step goes elsewhere") {
  check_mistakes({"a",
                  "Json GET() { return 1; }\nResponse around(Next<> next) { return next(); }",
                  {"around is a step around a folder, and goes into the folder's _settings.cpp"}});
  check_mistakes(
      {"a", "Response GET(Next<> next) { return next(); }", {"Next is what a step around a folder asks"}});
}
