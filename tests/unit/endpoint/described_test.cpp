#include "stile/described.hpp"

#include <catch2/catch.hpp>

#include "described_reading.hpp"
#include "stile/text_type.hpp"

using namespace stile;
using namespace stile::test;

namespace {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Thing {
  int id = 0;
};
STILE_DESCRIBE(Thing, (id, at_least(1)))

struct Order : Thing {
  std::string article;
  int count = 1;
  std::vector<std::string> labels;
  std::optional<Colour> colour;
  std::map<std::string, double> prices;
  std::string password;
};
STILE_DESCRIBE(Order, (public, Thing), (article, pattern("[A-Z]{3}-[0-9]{4}"), name("article-number")),
               (count, range(1, 100), defaulted), (labels, items(0, 3), unique_items, each(length(1, 5))),
               (colour, not_null), (prices, each(range(0, 9.5))), (password, length(3, 9), secret),
               (struct, closed))

struct Circle {
  double radius = 0;
};
STILE_DESCRIBE(Circle, radius, (struct, tag("type", "circle")))
struct Group {
  std::vector<std::variant<Circle, Group>> parts;
};
STILE_DESCRIBE(Group, parts, (struct, tag("type", "group")))
using Shape = std::variant<Circle, Group>;

struct Period {
  Date from{};
  Date to{};
  bool is_ordered() const { return from <= to; }
};
STILE_DESCRIBE(Period, from, to, (struct, where(&Period::is_ordered, "not before from", "to")))

// Of each other's names.
struct Crossed {
  int first = 0;
  int second = 0;
};
STILE_DESCRIBE(Crossed, (first, name("second")), (second, name("third")),
               (struct,
                where([](const Crossed& c) { return c.first <= c.second; }, "not above third", "first")))
struct MoreCrossed : Thing, Crossed {};
STILE_DESCRIBE(MoreCrossed, (public, Thing), (public, Crossed))

struct Edit {
  Change<std::string> remark;
  std::optional<int> count;
  Change<int> size;
};
STILE_DESCRIBE(Edit, (remark, length(1, 3)), count, (size, not_null, at_least(1)))

struct Everything {
  bool flag = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  float third = 0;
  double whole = 0;
  std::array<int, 2> pair{};
  std::set<int> numbers;
  std::vector<std::byte> bytes;
  Time time{};
  std::chrono::sys_seconds seconds{};
  Uuid id{};
  Json any;
  std::optional<Circle> circle;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, small, large, third, whole, pair, numbers, bytes, time, seconds, id, any,
                       circle))

using Texts = std::vector<std::string>;
constexpr auto order =
    R"({"id":7,"article-number":"ABC-1234","labels":["a"],"prices":{"x":1.5},"password":"abc"})";

}  // namespace

TEST_CASE("a described struct is read with its base, by the names of JSON, and written in its order") {
  const auto value = read<Order>(order);
  CHECK(value.id == 7);
  CHECK(value.article == "ABC-1234");
  CHECK(value.count == 1);
  CHECK(value.labels == Texts{"a"});
  CHECK_FALSE(value.colour);
  CHECK(json_text(value) == R"({"id":7,"article-number":"ABC-1234","count":1,"labels":["a"],)"
                            R"("prices":{"x":1.5},"password":"abc"})");
}

TEST_CASE("every fault of a struct is named, at its place") {
  CHECK(refused<Order>(R"({"id":0,"article-number":"xABC-1234","count":101,"labels":["a","","a","toolong"],)"
                       R"("colour":"blue","prices":{"a/b":9.75},"extra":1})") ==
        Texts{"/id: an integer from 1 to 2147483647",
              "/article-number: a string that matches [A-Z]{3}-[0-9]{4}", "/count: an integer from 1 to 100",
              "/labels: an array of at most 3 elements, none of them twice",
              "/labels/1: a string of 1 to 5 characters", "/colour: one of: red, green",
              "/prices/a~1b: a number from 0 to 9.5", "/password: a value", "/extra: no such member"});
  CHECK(refused<Order>("[]") == Texts{": an object"});
}

TEST_CASE("what is told of a secret is masked, whatever it is") {
  detail::Faults faults;
  Order into;
  JsonType<Order>::read(
      parse_json(R"({"id":1,"article-number":"ABC-1234","labels":[],"prices":{},"password":"a"})"),
      Place(faults, {detail::In::body, {}}), into);
  REQUIRE_FALSE(faults.empty());
  CHECK(faults.problem().members()["errors"][0]["came"] == "***");
  CHECK(faults.problem().detail() ==
        R"(the body at "/password" is ***; expected a string of 3 to 9 characters)");
}

TEST_CASE("faults without number are told up to a bound") {
  std::string list = "[";
  for (int i = 0; i < 1000; ++i) list += "\"x\",";
  CHECK(refused<std::vector<int>>(list + "1]").size() == 32);
}

TEST_CASE("null, what is left out and what is there are three things") {
  CHECK(read<Edit>("{}").remark.is_absent());
  CHECK(read<Edit>(R"({"remark":null})").remark.is_null());
  CHECK(*read<Edit>(R"({"remark":"new"})").remark == "new");
  CHECK(refused<Edit>(R"({"remark":"long"})") == Texts{"/remark: a string of 1 to 3 characters"});
  CHECK(read<Edit>("{}").remark.applied_to("old") == "old");
  CHECK(read<Edit>(R"({"remark":null})").remark.applied_to("old") == std::nullopt);
  CHECK(json_text(Edit{}) == R"({"count":null})");
  CHECK(json_text(Edit{.remark = nullptr, .count = 1, .size = {}}) == R"({"remark":null,"count":1})");
  CHECK(refused<Edit>(R"({"size":null})") == Texts{"/size: an integer from 1 to 2147483647"});
  CHECK(json_text(Edit{.remark = {}, .count = 1, .size = nullptr}) == R"({"count":1})");
  CHECK(json_text(Edit{.remark = {}, .count = 1, .size = 2}) == R"({"count":1,"size":2})");
  CHECK(
      refused<Order>(
          R"({"id":7,"article-number":"ABC-1234","labels":[],"prices":{},"password":"abc","colour":null})") ==
      Texts{"/colour: one of: red, green"});
}

TEST_CASE("a variant is the struct that its tag names, to any depth") {
  const auto shape =
      read<Shape>(R"({"type":"group","parts":[{"type":"circle","radius":2},{"type":"group","parts":[]}]})");
  REQUIRE(std::holds_alternative<Group>(shape));
  CHECK(json_text(shape) ==
        R"({"type":"group","parts":[{"type":"circle","radius":2},{"type":"group","parts":[]}]})");
  CHECK(refused<Shape>(R"({"radius":2})") == Texts{"/type: one of: circle, group"});
  CHECK(refused<Shape>(R"({"type":"square"})") == Texts{"/type: one of: circle, group"});
  CHECK(refused<Shape>(R"({"type":"circle","radius":"2"})") == Texts{"/radius: a number"});
  CHECK(refused<Shape>("3") == Texts{": an object"});
  CHECK(refused<Circle>(R"({"radius":2})") == Texts{R"(/type: "circle")"});
}

namespace {
struct Wide {
  static inline int made = 0;
  Wide() { ++made; }
};
STILE_DESCRIBE(Wide, (struct, closed))
struct Bounded {
  std::vector<Wide> list;
  std::map<std::string, Wide> map;
  std::set<Time> times;
};
STILE_DESCRIBE(Bounded, (list, defaulted, max_items(2)), (map, defaulted, max_items(2)),
               (times, defaulted, max_items(3)), (struct, closed))
}  // namespace

TEST_CASE("what is too long is refused before more is made of it than may be") {
  Wide::made = 0;
  CHECK(refused<Bounded>(R"({"list":[{},{},{},{},{}],"map":{"a":{},"b":{},"c":{},"d":{}}})") ==
        Texts{"/list: an array of at most 2 elements", "/map: an object of at most 2 members"});
  CHECK(Wide::made == 4);
}

TEST_CASE("two spellings of one value are one too many in a set") {
  CHECK(refused<Bounded>(R"({"times":["2026-05-01T12:00:00Z","2026-05-01T14:00:00+02:00"]})") ==
        Texts{"/times: an array of at most 3 elements, none of them twice"});
}

TEST_CASE("a member without a name is one that is not described") {
  CHECK(refused<Bounded>(R"({"":1})") == Texts{"/: no such member"});
}

TEST_CASE("a refusal stays short, however long the names are that came") {
  const std::string name(900'000, '/');
  const Json errors = errors_of<Bounded>(R"({"map":{")" + name + R"(":{"x":1,"y":2}}})");
  REQUIRE(errors.size() == 2);
  CHECK(errors[0]["pointer"].get<std::string>().size() < 1010);
}

TEST_CASE("what can't be written is named by its member") {
  CHECK_THROWS_WITH(json_text(std::vector{Period{}}), Catch::StartsWith("Period.from: "));
}

TEST_CASE("what holds for the whole is asked once all members are sound, and told at its member") {
  CHECK(refused<Period>(R"({"from":"2026-05-01","to":"2026-05-01"})").empty());
  CHECK(refused<Period>(R"({"from":"2026-05-02","to":"2026-05-01"})") == Texts{"/to: not before from"});
  CHECK(refused<Period>(R"({"from":"2026-05-02","to":"tomorrow"})") ==
        Texts{"/to: a date like 2026-05-01 (RFC 3339)"});
  CHECK(refused<Crossed>(R"({"second":2,"third":1})") == Texts{"/second: not above third"});
  CHECK(refused<MoreCrossed>(R"({"id":1,"second":2,"third":1})") == Texts{"/second: not above third"});
}

TEST_CASE("every kind of member comes back as it went, large integers to the last digit") {
  constexpr auto text =
      R"({"flag":true,"small":-128,"large":18446744073709551615,"third":0.1,"whole":0.1,"pair":[1,-2],)"
      R"("numbers":[1,3],"bytes":"AP8=","time":"2026-05-01T12:30:00.250Z","seconds":"2026-05-01T12:30:00Z",)"
      R"("id":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","any":{"deep":[9007199254740993]},"circle":{"type":"circle","radius":1e+300}})";
  CHECK(json_text(read<Everything>(text)) == text);
}

TEST_CASE("text that is written is JSON whatever it holds") {
  CHECK(json_text(std::string("\"\\\n\t\x01é\xff\0", 10).substr(0, 9)) ==
        "\"\\\"\\\\\\n\\t\\u0001é\xEF\xBF\xBD\\u0000\"");
  CHECK(json_text(std::string("a\xE2\x82z")) == "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
  CHECK(json_text(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("the schema says what is checked") {
  Schemas schemas;
  CHECK(schema_of<std::vector<Order>>(schemas) ==
        Json{{"type", "array"}, {"items", {{"$ref", "#/components/schemas/Order"}}}});
  const Json schema = Json::parse(schemas.all().at("Order"));
  CHECK(schema["required"] == Json{"id", "article-number", "labels", "prices", "password"});
  CHECK(schema["additionalProperties"] == false);
  const Json& members = schema["properties"];
  CHECK(members["id"] == Json{{"type", "integer"}, {"format", "int32"}, {"minimum", 1}});
  CHECK(members["article-number"] == Json{{"type", "string"}, {"pattern", "^(?:[A-Z]{3}-[0-9]{4})$"}});
  CHECK(members["count"] ==
        Json{{"type", "integer"}, {"format", "int32"}, {"minimum", 1}, {"maximum", 100}, {"default", 1}});
  CHECK(members["labels"] == Json{{"type", "array"},
                                  {"maxItems", 3},
                                  {"uniqueItems", true},
                                  {"items", {{"type", "string"}, {"minLength", 1}, {"maxLength", 5}}}});
  CHECK(members["colour"] == Json{{"type", "string"}, {"enum", {"red", "green"}}});
  CHECK(members["password"]["format"] == "password");
}

TEST_CASE("a schema that refers to itself ends, and a variant's has its tags") {
  Schemas schemas;
  const Json shape = schema_of<Shape>(schemas);
  CHECK(shape["oneOf"] ==
        Json{{{"$ref", "#/components/schemas/Circle"}}, {{"$ref", "#/components/schemas/Group"}}});
  CHECK(shape["discriminator"]["mapping"]["group"] == "#/components/schemas/Group");
  CHECK(Json::parse(schemas.all().at("Circle"))["properties"]["type"] ==
        Json{{"type", "string"}, {"const", "circle"}});
  CHECK(schemas.all().size() == 2);
}

TEST_CASE("null is in the schema where it is taken") {
  Schemas schemas;
  schema_of<Everything>(schemas);
  schema_of<Edit>(schemas);
  CHECK(Json::parse(schemas.all().at("Edit"))["properties"]["remark"]["type"] == Json{"string", "null"});
  CHECK(Json::parse(schemas.all().at("Edit"))["properties"]["size"]["type"] == "integer");
  CHECK(Json::parse(schemas.all().at("Everything"))["properties"]["circle"]["anyOf"][1] ==
        Json{{"type", "null"}});
}

namespace {
struct Picture {
  std::vector<std::byte> bytes;
  std::vector<std::byte> at_least_two;
};
STILE_DESCRIBE(Picture, (bytes, items(1, 4)), (at_least_two, items(2, 1'000'000)))
struct Precise {
  std::chrono::system_clock::time_point at{};
};
STILE_DESCRIBE(Precise, at)
}  // namespace

TEST_CASE("bytes are counted in their schema as they are when they are read") {
  Schemas schemas;
  schema_of<Picture>(schemas);
  const Json properties = Json::parse(schemas.all().at("Picture"))["properties"];
  CHECK(properties["bytes"]["pattern"] == "^[^=]{2,6}={0,2}$");  // 1 byte is 2 digits, 4 are 6
  CHECK(properties["bytes"]["minLength"] == 4);
  CHECK(properties["bytes"]["maxLength"] == 8);
  CHECK(properties["at_least_two"]["pattern"] == "^[^=]{3,1333334}={0,2}$");
  CHECK(refused<Picture>(R"({"bytes":"AAAAAA==","at_least_two":"AAA="})").empty());
  CHECK(refused<Picture>(R"({"bytes":"AAAAAAA=","at_least_two":"AA=="})").size() == 2);
}

TEST_CASE("an optional that must not be null is left out where there is nothing to write") {
  CHECK(json_text(Order{}).find("colour") == std::string::npos);
}

TEST_CASE("what is checked over a whole struct stands in its description") {
  Schemas schemas;
  schema_of<Period>(schemas);
  CHECK(Json::parse(schemas.all().at("Period"))["description"] == "Checked, `to`: not before from");
}

TEST_CASE("a time that does not fit into its type is refused, whatever its year is") {
  CHECK(json_text(read<Precise>(R"({"at":"2262-04-11T23:47:16.854775Z"})")) ==
        R"({"at":"2262-04-11T23:47:16.854775Z"})");
  CHECK(json_text(read<Precise>(R"({"at":"1677-09-21T00:12:44Z"})")) == R"({"at":"1677-09-21T00:12:44Z"})");
  for (const char* time : {"2262-04-11T23:47:16.854776Z", "2263-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
                           "1677-09-21T00:12:43Z", "0000-01-01T00:00:00Z"}) {
    INFO(time);
    CHECK(refused<Precise>(std::string(R"({"at":")") + time + "\"}").size() == 1);
  }
}
