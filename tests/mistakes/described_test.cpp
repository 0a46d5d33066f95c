// Mistakes in the description of a struct: each is one plain sentence of every compiler.
#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "mistakes/authoring.hpp"

using namespace stile::test;

namespace {

void check_error(const std::string& source, const std::string& sentence) {
  for (const auto& compiler : compilers()) {
    const auto compiled =
        compile(compiler, "a", "#include <stile/function.hpp>\nusing namespace stile;\n" + source + "\n");
    CAPTURE(compiler, source, compiled.output);
    CHECK_FALSE(compiled.succeeded);
    REQUIRE_FALSE(compiled.errors.empty());
    CHECK_THAT(compiled.errors.front(), Catch::Contains(sentence));
  }
}

}  // namespace

TEST_CASE("a member that a description leaves out is told, whatever its type") {
  const std::vector<std::string> types{
      "int",  "std::string", "std::optional<int>",       "std::variant<int, bool>",
      "Json", "Uuid",        "std::vector<std::string>", "Time"};
  std::string source = "#include <stile/function.hpp>\nusing namespace stile;\n";
  for (std::size_t i = 0; i < types.size(); ++i) {
    source +=
        fmt::format("struct Item{0} {{ int id; {1} other; }};\nSTILE_DESCRIBE(Item{0}, (id, at_least(1)))\n",
                    i, types[i]);
  }
  source +=
      "struct Base { int id; };\nSTILE_DESCRIBE(Base, id)\nstruct Item8 : Base { int one; int two; };\n"
      "STILE_DESCRIBE(Item8, (public, Base), one, (struct, closed))\nItem8 GET() { return {}; }\n";
  for (const auto& compiler : compilers()) {
    const auto compiled = compile(compiler, "a", source);
    CAPTURE(compiler, compiled.output);
    REQUIRE(compiled.errors.size() == types.size() + 1);
    for (std::size_t i = 0; i <= types.size(); ++i) {
      CHECK_THAT(compiled.errors[i],
                 Catch::Contains(
                     fmt::format("STILE_DESCRIBE(Item{}, ...) leaves out a member, which would be lost", i)));
    }
  }
}

TEST_CASE("a base that a description leaves out is told") {
  check_error(
      "struct Base { int id; };\nSTILE_DESCRIBE(Base, id)\nstruct Item : Base { int one; };\n"
      "STILE_DESCRIBE(Item, one)\nItem GET() { return {}; }",
      "STILE_DESCRIBE(Item, ...) leaves out a member");
}

TEST_CASE("a member that BOOST_DESCRIBE_STRUCT leaves out is told") {
  check_error(
      "struct Item { int id; std::string other; };\nBOOST_DESCRIBE_STRUCT(Item, (), (id))\nItem GET() { "
      "return {}; }",
      "BOOST_DESCRIBE_STRUCT leaves out a member of this struct, which would be lost");
}

TEST_CASE("a derived struct is not taken for its described base") {
  check_error(
      "struct Base { int id; };\nSTILE_DESCRIBE(Base, id)\nstruct Item : Base { int one; };\n"
      "Item GET() { return {}; }",
      "GET returns what can't become an answer");
}
