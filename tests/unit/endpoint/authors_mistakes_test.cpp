// What an author says of a struct or a parameter and can't be: it is told when the function is described.
#include <catch2/catch.hpp>

#include "described_reading.hpp"

using namespace stile;
using namespace stile::test;

namespace {

template <Rule... rules>
struct Text {
  std::string text;
};
template <Rule... rules, class Describer>
void stile_describe_members(detail::Of<Text<rules...>>, Describer& describer) {
  static constexpr std::array<Rule, sizeof...(rules)> list{rules...};
  describer.template member<&Text<rules...>::text>("text", list);
}
template <class T, Rule... rules>
struct Value {
  T value{};
};
template <class T, Rule... rules, class Describer>
void stile_describe_members(detail::Of<Value<T, rules...>>, Describer& describer) {
  static constexpr std::array<Rule, sizeof...(rules)> list{rules...};
  describer.template member<&Value<T, rules...>::value>("value", list);
}

struct Twice {
  int one = 0;
  int other = 0;
};
STILE_DESCRIBE(Twice, one, (other, name("one")))

struct Named {
  int one = 0;
};
STILE_DESCRIBE(Named, one, (struct, name("Tree/Node")))

struct Ranged {
  int one = 0;
};
STILE_DESCRIBE(Ranged, one, (struct, range(1, 2)))

struct Checked {
  int one = 0;
};
STILE_DESCRIBE(Checked, one, (struct, where([](const Checked&) { return true; }, "more", "two")))

}  // namespace

TEST_CASE("a rule that says nothing about its member, or leaves nothing of it, is told") {
  CHECK(
      mistake<Value<int, length(1, 3)>>() ==
      "Value.value: length says nothing about a value of this type (of an array: items, of a number: range)");
  CHECK(mistake<Value<int, range(5, 2)>>() == "Value.value: range(5, 2) leaves nothing");
  CHECK(mistake<Text<length(3, 2)>>() == "Text.text: length(3, 2) leaves nothing");
  CHECK(mistake<Value<std::vector<int>, items(3, 1)>>() == "Value.value: items(3, 1) leaves nothing");
  CHECK(mistake<Value<std::uint8_t, range(0, 1000)>>() ==
        "Value.value: range goes beyond what its type holds, 0 to 255");
  CHECK(mistake<Value<std::vector<std::int8_t>, each(at_least(-1000))>>() ==
        "Value.value: range goes beyond what its type holds, -128 to 127");
  CHECK(mistake<Value<std::int64_t, multiple_of(~std::uint64_t{0})>>() ==
        "Value.value: multiple_of(18446744073709551615) leaves its type nothing but 0");
  CHECK(mistake<Ranged>() == "Ranged: range says nothing about a whole struct");
  for (const auto& sound :
       {mistake<Value<std::uint8_t, range(0, 255)>>(), mistake<Value<double, range(0, 1e300)>>(),
        mistake<Value<std::uint64_t, at_most(~std::uint64_t{0})>>(),
        mistake<Value<std::int64_t, at_least(std::numeric_limits<std::int64_t>::min())>>()})
    CHECK(sound.empty());
}

TEST_CASE("names that clash, that a document can't have, or that name nothing, are told") {
  CHECK(mistake<Twice>() == "Twice: two members are called one");
  CHECK(
      mistake<Named>() ==
      "a struct's name in the document has letters, digits, \".\", \"_\" and \"-\" alone: not \"Tree/Node\"");
  CHECK(mistake<Checked>() == "Checked: where(..., \"two\") names no member of it");
}

TEST_CASE("a pattern is one that RE2 and a schema's reader take alike") {
  CHECK(mistake<Text<pattern("[a-")>>().starts_with("Text.text: pattern(\"[a-\"): "));
  const auto foreign = [](const std::string& text) {
    CAPTURE(text);
    CHECK(text.starts_with("Text.text: pattern("));
  };
  foreign(mistake<Text<pattern("(?i)abc")>>());
  foreign(mistake<Text<pattern("(?-i:a)")>>());
  foreign(mistake<Text<pattern("(?P<x>a)")>>());
  foreign(mistake<Text<pattern("\\pL+")>>());
  foreign(mistake<Text<pattern("\\p{Greek}")>>());
  foreign(mistake<Text<pattern("\\x{41}")>>());
  foreign(mistake<Text<pattern("a{,2}")>>());
  foreign(mistake<Text<pattern("a}")>>());
  foreign(mistake<Text<pattern("\\a")>>());
  foreign(mistake<Text<pattern("\\C\\C")>>());
  foreign(mistake<Text<pattern("\\A\\z")>>());
  foreign(mistake<Text<pattern("\\Qa\\E")>>());
  foreign(mistake<Text<pattern("\\012")>>());
  foreign(mistake<Text<pattern("\\@")>>());
  foreign(mistake<Text<pattern("[[:alpha:]]")>>());
  foreign(mistake<Text<pattern("[]a]")>>());
  for (const auto& sound :
       {mistake<Text<pattern("[A-Z]{3}-[0-9]{4}")>>(), mistake<Text<pattern("(?:a|b){2,}[^\\]{}.\\-]?")>>(),
        mistake<Text<pattern("\\d+\\.\\d{1,2}\\p{L}\\P{Lu}\\x41\\/\\\\")>>(),
        mistake<Text<pattern("[äöü]+[.]")>>()})
    CHECK(sound.empty());
}

TEST_CASE("a default and an example keep the rules of their own member") {
  CHECK(mistake<Value<int, range(1, 2), defaulted>>() ==
        "Value.value: its default breaks its own rules: expected an integer from 1 to 2");
  CHECK(mistake<Value<std::map<std::string, int>, items(1, 2), defaulted>>() ==
        "Value.value: its default breaks its own rules: expected an object of 1 to 2 members");
  CHECK(mistake<Text<length(1, 2), example("abcdef")>>() ==
        "Text.text: its example breaks its own rules: expected a string of 1 to 2 characters");
  CHECK(mistake<Value<std::vector<int>, each(range(1, 2)), example("[1,7]")>>() ==
        "Value.value: its example breaks its own rules: expected an integer from 1 to 2 at /1");
  CHECK(mistake<Value<int, range(0, 2), defaulted, example("1")>>().empty());
  CHECK(mistake<Value<std::optional<int>, defaulted>>().empty());
}

namespace {
struct Preset {
  std::optional<int> size = 5;
  std::optional<int> plain;
};
STILE_DESCRIBE(Preset, (size, range(1, 9)), plain)
struct BadPreset {
  Change<int> size = 50;
};
STILE_DESCRIBE(BadPreset, (size, range(1, 9)))
}  // namespace

TEST_CASE("an optional's initializer is its default") {
  const Json properties = properties_of<Preset>();
  CHECK(properties["size"]["default"] == 5);
  CHECK_FALSE(properties["plain"].contains("default"));
  CHECK(read<Preset>("{}").size == 5);
  CHECK(mistake<BadPreset>() ==
        "BadPreset.size: its default breaks its own rules: expected an integer from 1 to 9");
}

TEST_CASE("a body has no member that can only be sent") {
  CHECK(parameter_mistake<Body<Value<std::string_view>>>() ==
        "Value.value: its type can be sent, and not be read from a body");
  CHECK(mistake<Value<std::string_view>>().empty());
}

TEST_CASE("a parameter's default and example keep its rules, and no two have one name") {
  CHECK(parameter_mistake<Query<"n", int, 0, range(1, 5)>>() ==
        "n: its default breaks its own rules: expected an integer from 1 to 5");
  CHECK(parameter_mistake<Header<"X-Word", std::string, pattern("[a-z]+"), example("A")>>() ==
        "X-Word: its example breaks its own rules: expected a string that matches [a-z]+");
  CHECK(parameter_mistake<Query<"n", int, 1, range(1, 5), example("5")>>().empty());
  using Named = Value<int, name("n")>;
  CHECK(parameter_mistake<Query<"n", int>, QueryOf<Named>>() == "two query parameters are called \"n\"");
  CHECK(parameter_mistake<Header<"X-N", int>, Header<"x-n", int>>() ==
        "two header parameters are called \"x-n\"");
  CHECK(parameter_mistake<Header<"n", int>, Cookie<"n", int>, Query<"n", int>>().empty());
}
