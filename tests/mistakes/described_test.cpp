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

TEST_CASE("what can't be described is told in plain words") {
  const std::string use = "\nItem POST(Body<Item> item) { return *item; }";
  const std::string no_form = "this member's type has no form in JSON: STILE_DESCRIBE its struct";
  check_error("enum class E { a };\nstruct Item { int id; E e; };\nSTILE_DESCRIBE(Item, id, e)" + use,
              no_form);
  check_error(
      "struct Part { int id; };\nstruct Item { std::vector<Part> parts; };\nSTILE_DESCRIBE(Item, parts)" +
          use,
      no_form);
  check_error(
      "struct Base { int id; };\nstruct Item : Base { int one; };\nSTILE_DESCRIBE(Item, (public, Base), "
      "one)" +
          use,
      "(public, B) names a struct that is not described");
  check_error(
      "struct Base { int id = 0; };\nSTILE_DESCRIBE(Base, id)\nstruct Item : virtual Base { int one = 0; };\n"
      "STILE_DESCRIBE(Item, (public, Base), one)" +
          use,
      "(public, B) names a virtual base");
  check_error(
      "struct Item { int id; bool is_good() { return true; } };\n"
      "STILE_DESCRIBE(Item, id, (struct, where(&Item::is_good, \"more\")))" +
          use,
      "where() takes a const member function of the struct");
  check_error("struct Item { int id; };\nSTILE_DESCRIBE(Item, (id, closed))" + use,
              "a member takes rules such as range(1, 9)");
}

TEST_CASE("a page that nobody can ask for is refused") {
  check_error("Page<int> GET() { return {}; }",
              "functions/a.cpp: GET returns a Page and does not ask which one is wanted");
}

TEST_CASE("a result with its statuses is made of whatever it is made of without them") {
  for (const auto& compiler : compilers()) {
    const auto compiled = compile(compiler, "a", R"(#include <stile/function.hpp>
using namespace stile;
struct Item { int id; std::string name; };
STILE_DESCRIBE(Item, id, name)
Throws<Item, 409> GET() { return {3, "three"}; }
Throws<Created<Item>, 409> POST(Body<Item> item) { return {"/api/a/3", *item}; }
Throws<std::optional<Item>, 409> PUT() { if (sizeof(int) == 4) return std::nullopt; return Item{3, "three"}; }
Throws<Json, 409> PATCH() { return {{"id", 3}}; }
)");
    CAPTURE(compiler, compiled.output);
    CHECK(compiled.succeeded);
  }
}

TEST_CASE("a derived struct is not taken for its described base") {
  check_error(
      "struct Base { int id; };\nSTILE_DESCRIBE(Base, id)\nstruct Item : Base { int one; };\n"
      "Item GET() { return {}; }",
      "GET returns what can't become an answer");
}
