#include "stile/described.hpp"
#include "stile/text_type.hpp"

#include <catch2/catch.hpp>

#include "stile/problem.hpp"

using namespace stile;

namespace {

enum class Color { red, dark_green };
BOOST_DESCRIBE_ENUM(Color, red, dark_green)

struct Point {
  int x = 0;
  std::optional<int> y;
  friend bool operator==(const Point&, const Point&) = default;
};

STILE_DESCRIBE(Point, x, y)

/// Throws the problem that the client is told.
template <class T>
T from(const Json& value) {
  detail::Faults faults;
  T read{};
  const bool is_sound = JsonType<T>::read(value, Place(faults, {detail::In::body, {}}), read);
  CHECK(is_sound == faults.empty());
  if (!faults.empty()) throw faults.problem();
  return read;
}

template <class T>
std::optional<T> from_text(std::string_view text) {
  detail::Faults faults;
  T read{};
  const bool is_sound = TextType<T>::read(text, Place(faults, {detail::In::query, "q"}), read);
  CHECK(is_sound == faults.empty());
  return is_sound ? std::optional(read) : std::nullopt;
}

/// What the client is told of a value that is refused.
template <class T>
Json refusal(const Json& value) {
  try {
    from<T>(value);
  } catch (const Problem& problem) {
    return {{"status", problem.status()},
            {"detail", problem.detail()},
            {"pointer", problem.members().at("errors").at(0).at("pointer")}};
  }
  return nullptr;
}

}  // namespace

TEMPLATE_TEST_CASE("integers of every width are read at their bounds, and not beyond", "", std::int8_t,
                   std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t,
                   std::uint64_t) {
  using Bounds = std::numeric_limits<TestType>;
  const std::string lowest = std::to_string(Bounds::min());
  const std::string highest = std::to_string(Bounds::max());
  CHECK(from_text<TestType>(lowest) == Bounds::min());
  CHECK(from_text<TestType>(highest) == Bounds::max());
  CHECK(from<TestType>(Bounds::min()) == Bounds::min());
  CHECK(from<TestType>(Bounds::max()) == Bounds::max());

  // One more than the bounds: the last digit of each of them is 5, 7 or 8, or it is 0.
  std::string above = highest;
  ++above.back();
  CHECK_FALSE(from_text<TestType>(above));
  std::string below = lowest == "0" ? "-1" : lowest;
  if (lowest != "0") ++below.back();
  CHECK_FALSE(from_text<TestType>(below));
  CHECK_FALSE(from_text<TestType>(highest + "0"));
  if constexpr (sizeof(TestType) < 8) {
    CHECK_THROWS_AS(from<TestType>(static_cast<std::int64_t>(Bounds::max()) + 1), Problem);
    CHECK_THROWS_AS(from<TestType>(static_cast<std::int64_t>(Bounds::min()) - 1), Problem);
  }
}

TEST_CASE("the largest integers keep their sign") {
  CHECK_THROWS_AS(from<std::int64_t>(std::numeric_limits<std::uint64_t>::max()), Problem);
  CHECK_THROWS_AS(from<std::uint64_t>(-1), Problem);
  CHECK_THROWS_AS(from<int>(std::numeric_limits<std::uint64_t>::max()), Problem);
  CHECK(from<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()) ==
        std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("an integer is its digits alone") {
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "--1", "-", "1_000", "\xD9\xA1"}) {
    CAPTURE(text);
    CHECK_FALSE(from_text<int>(text));
  }
  CHECK_FALSE(from_text<int>(std::string_view("1\0", 2)));
  CHECK(from_text<int>("-007") == -7);
}

TEST_CASE("a floating number is finite and fits") {
  CHECK(from_text<double>("-1.5e3") == -1500.0);
  CHECK(from_text<float>("0.5") == 0.5F);
  CHECK(from_text<long double>("2") == 2.0L);
  for (const char* text :
       {"", "inf", "-infinity", "nan", "NAN", "1e999", "+1", "1,5", " 1", "0x1p3", "1.5f"}) {
    CAPTURE(text);
    CHECK_FALSE(from_text<double>(text));
  }
  CHECK_FALSE(from_text<float>("1e39"));
  CHECK(from_text<double>("1e39") == 1e39);
  CHECK(from_text<double>("1e-400") == 0);  // rounded, as in JSON
  CHECK(from_text<float>("-1e-60") == 0);
}

TEST_CASE("a bool is true, false, 1 or 0") {
  CHECK(from_text<bool>("true") == true);
  CHECK(from_text<bool>("1") == true);
  CHECK(from_text<bool>("false") == false);
  CHECK(from_text<bool>("0") == false);
  for (const char* text : {"", "True", "yes", "on", "2", "true "}) CHECK_FALSE(from_text<bool>(text));
}

TEST_CASE("text is UTF-8, whatever else it holds") {
  CHECK(from_text<std::string>("") == "");
  CHECK(from_text<std::string>("日\n") == "日\n");
  CHECK_FALSE(from_text<std::string>("\xC0\x80"));
  CHECK_FALSE(from_text<std::string>("\xED\xA0\x80"));
}

TEST_CASE("an enum goes by its names") {
  CHECK(from_text<Color>("dark_green") == Color::dark_green);
  CHECK_FALSE(from_text<Color>("Red"));
  CHECK_FALSE(from_text<Color>("0"));
  CHECK(from<Color>("red") == Color::red);
  CHECK(refusal<Color>("blue")["detail"] == R"(the body is "blue"; expected one of: red, dark_green)");
  CHECK(refusal<Color>(0)["detail"] == "the body is 0; expected one of: red, dark_green");
}

TEST_CASE("JSON of another kind is not converted in silence") {
  CHECK_THROWS_AS(from<bool>(1), Problem);
  CHECK_THROWS_AS(from<bool>("true"), Problem);
  CHECK_THROWS_AS(from<int>(1.0), Problem);
  CHECK_THROWS_AS(from<int>("1"), Problem);
  CHECK_THROWS_AS(from<int>(true), Problem);
  CHECK_THROWS_AS(from<std::string>(1), Problem);
  CHECK_THROWS_AS(from<std::string>(nullptr), Problem);
  CHECK_THROWS_AS(from<double>("1"), Problem);
  CHECK_THROWS_AS(from<float>(1e39), Problem);
  CHECK_THROWS_AS(from<std::vector<int>>(Json::object()), Problem);
  CHECK_THROWS_AS((from<std::map<std::string, int>>(Json::array())), Problem);
  CHECK(from<double>(3) == 3.0);
}

TEST_CASE("containers and optionals are read all the way down") {
  const auto read = from<std::map<std::string, std::vector<std::optional<std::uint8_t>>>>(
      {{"a", {1, nullptr}}, {"b", Json::array()}});
  REQUIRE(read.size() == 2);
  CHECK(read.at("a") == std::vector<std::optional<std::uint8_t>>{1, std::nullopt});
  CHECK(read.at("b").empty());
  // Its hash can be foreseen: only sent.
  STATIC_REQUIRE_FALSE(ReadableJson<std::unordered_map<std::string, bool>>);
  CHECK(json_text(std::unordered_map<std::string, bool>{{"x", true}}) == R"({"x":true})");
  CHECK(from<std::vector<bool>>({true, false}) == std::vector<bool>{true, false});
  CHECK(from<Json>({{"any", 1}}) == Json{{"any", 1}});
}

TEST_CASE("what is refused is named by its JSON Pointer") {
  using Lists = std::map<std::string, std::vector<std::uint8_t>>;
  const Json problem = refusal<Lists>({{"a", {1}}, {"x/y~z", {1, 300}}});
  CHECK(problem["status"] == 422);
  CHECK(problem["pointer"] == "/x~1y~0z/1");
  CHECK(problem["detail"] == R"(the body at "/x~1y~0z/1" is 300; expected an integer from 0 to 255)");
  CHECK(refusal<Lists>(7)["detail"] == "the body is 7; expected an object");
  CHECK(refusal<std::vector<int>>(Json::array({Json::object()}))["detail"] ==
        R"(the body at "/0" is an object; expected an integer from -2147483648 to 2147483647)");
}

TEST_CASE("a type of the author's own reads its members, the optional ones where they are") {
  CHECK(from<Point>({{"x", 1}}) == Point{1, std::nullopt});
  CHECK(from<Point>({{"x", 1}, {"y", nullptr}}) == Point{1, std::nullopt});
  CHECK(from<std::vector<Point>>({{{"x", 1}, {"y", 2}}}) == std::vector<Point>{{1, 2}});
  CHECK(refusal<std::vector<Point>>({{{"y", 2}}})["detail"] == R"(the body at "/0/x" is missing)");
  CHECK(refusal<std::vector<Point>>({{{"x", 1}, {"y", "2"}}})["pointer"] == "/0/y");
  CHECK(refusal<Point>(1)["detail"] == "the body is 1; expected an object");
}
