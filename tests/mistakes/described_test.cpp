// Mistakes in the description of a struct: each is one plain sentence of every compiler.
#include <catch2/catch.hpp>

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
  const std::string sentence =
      "STILE_DESCRIBE(Item, ...) leaves out a member, which would be lost without a word";
  for (const auto* type : {"int", "std::string", "std::optional<int>", "Json", "std::variant<int, bool>",
                           "Uuid", "std::vector<std::string>", "Time"}) {
    check_error(std::string("struct Item { int id; ") + type +
                    " other; };\nSTILE_DESCRIBE(Item, (id, at_least(1)))\nItem GET() { return {}; }",
                sentence);
  }
  check_error(
      "struct Base { int id; };\nSTILE_DESCRIBE(Base, id)\nstruct Item : Base { int one; int two; };\n"
      "STILE_DESCRIBE(Item, (public, Base), one, (struct, closed))\nItem GET() { return {}; }",
      sentence);
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
