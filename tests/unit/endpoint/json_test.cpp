#include "stile/json.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>

#include "stile/problem.hpp"

using namespace stile;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

// What the client is told of a text that is refused.
std::string refusal(std::string_view text) {
  try {
    const Json value = parse_json(text);
    return "accepted as " + value.dump();
  } catch (const Problem& problem) {
    CHECK(problem.status() == 400);
    return problem.detail();
  }
}

std::string nested(std::size_t levels, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("Every kind of JSON value is read") {
  CHECK(parse_json("null") == Json(nullptr));
  CHECK(parse_json("true") == Json(true));
  CHECK(parse_json("false") == Json(false));
  CHECK(parse_json(" \t\r\n\"text\" \t\r\n") == Json("text"));
  CHECK(parse_json("[]") == Json::array());
  CHECK(parse_json("{}") == Json::object());
  CHECK(
      parse_json(R"({"a":[1,{"b":[[],{}]},"x"],"c":{"d":null},"e":-1.5})") ==
      Json{{"a", {1, {{"b", {Json::array(), Json::object()}}}, "x"}}, {"c", {{"d", nullptr}}}, {"e", -1.5}});
}

TEST_CASE("Strings are read with their escapes") {
  CHECK(parse_json(R"("\"\\\/\b\f\n\r\t")") == Json("\"\\/\b\f\n\r\t"));
  CHECK(parse_json(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == Json("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  CHECK(parse_json(R"("\u0000")") == Json("\0"s));
  CHECK(parse_json("\"\x7f\xc3\xa9\"") == Json("\x7f\xc3\xa9"));
}

TEST_CASE("Numbers keep their kind and their value to the limits") {
  CHECK(parse_json("0").is_number_unsigned());
  CHECK(parse_json("-0") == Json(0));
  CHECK(parse_json("-1").is_number_integer());
  CHECK(parse_json("9223372036854775807") == Json(std::numeric_limits<std::int64_t>::max()));
  CHECK(parse_json("-9223372036854775808") == Json(std::numeric_limits<std::int64_t>::min()));
  CHECK(parse_json("18446744073709551615") == Json(std::numeric_limits<std::uint64_t>::max()));
  CHECK(parse_json("1.0").is_number_float());
  CHECK(parse_json("1e3") == Json(1000.0));
  CHECK(parse_json("1.7976931348623157e308") == Json(std::numeric_limits<double>::max()));
  CHECK(parse_json("18446744073709551616.0") == Json(18446744073709551616.0));
  CHECK(parse_json("1e-999") == Json(0.0));
}

TEST_CASE("An integer that fits neither int64 nor uint64 is refused, not rounded") {
  CHECK(refusal("18446744073709551616") ==
        "invalid JSON: line 1, column 1: the number '18446744073709551616' does not fit");
  CHECK(refusal("-9223372036854775809") ==
        "invalid JSON: line 1, column 1: the number '-9223372036854775809' does not fit");
  CHECK(refusal("{\"a\": 18446744073709551616}") ==
        "invalid JSON: line 1, column 7: the number '18446744073709551616' does not fit");
  CHECK_THAT(refusal("[18446744073709551616 ]"), Contains("column 2: the number"));
  CHECK_THAT(refusal("[-9223372036854775809,1]"), Contains("column 2: the number"));
  CHECK_THAT(refusal("[1,\n 18446744073709551616\n]"), Contains("line 2, column 2: the number"));
}

TEST_CASE("A number beyond double is refused") {
  CHECK(refusal("1e999") == "invalid JSON: line 1, column 1: the number '1e999' does not fit");
  CHECK_THAT(refusal("[0, -1e400]"), Contains("column 5: the number '-1e400' does not fit"));
  CHECK_THAT(refusal(std::string(400, '9')),
             Contains("column 1: the number '" + std::string(32, '9') + "...' does not fit"));
}

TEST_CASE("Sixty-four levels are read and one more is refused") {
  for (const auto& [open, close] : {std::pair{"["s, "]"s}, std::pair{"{\"a\":"s, "}"s}}) {
    CAPTURE(open);
    CHECK(parse_json(nested(64, open, close)).dump() == nested(64, open, close));
    const auto column = std::to_string(64 * open.size() + 1);
    CHECK(refusal(nested(65, open, close)) ==
          "invalid JSON: line 1, column " + column + ": more than 64 levels");
    CHECK_THAT(refusal(nested(100'000, open, close)), Contains("more than 64 levels"));
  }
  CHECK_THAT(refusal(std::string(100'000, '[')), Contains("more than 64 levels"));
  // Neighbours do not add up.
  CHECK(parse_json("[" + nested(63, "[", "]") + "," + nested(63, "[", "]") + "]").size() == 2);
}

TEST_CASE("Nothing may follow the value, a NUL no more than anything else") {
  CHECK(refusal("{}x") == "invalid JSON: line 1, column 3: 'x' follows the value");
  CHECK(refusal("1 2") == "invalid JSON: line 1, column 3: '2' follows the value");
  CHECK(refusal("\xef\xbb\xbf{} 1") == "invalid JSON: line 1, column 7: '1' follows the value");
  CHECK(refusal("{}\n{}") == "invalid JSON: line 2, column 1: '{' follows the value");
  CHECK(refusal("[]]") == "invalid JSON: line 1, column 3: ']' follows the value");
  CHECK(refusal("null,") == "invalid JSON: line 1, column 5: ',' follows the value");
  CHECK(refusal("{}\0"s) == "invalid JSON: line 1, column 3: a NUL byte");
  CHECK(refusal("{}\0{}"s) == "invalid JSON: line 1, column 3: a NUL byte");
  CHECK(refusal("{\0}"s) == "invalid JSON: line 1, column 2: a NUL byte");
  CHECK(refusal("\"a\0b\""s) == "invalid JSON: line 1, column 3: a NUL byte");
  CHECK(refusal("\0"s) == "invalid JSON: line 1, column 1: a NUL byte");
}

TEST_CASE("A text without a value, or with half of one, says where it ends") {
  CHECK(refusal("") == "invalid JSON: line 1, column 1: there is no value");
  CHECK(refusal(" \r\n\t") == "invalid JSON: line 1, column 1: there is no value");
  for (const auto* text :
       {"{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "tru", "-", "1.", "1e"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "invalid JSON: line 1, column " + std::to_string(std::string(text).size() + 1) +
                               ": the text ends too early");
  }
  CHECK(refusal("[\n\"ab") == "invalid JSON: line 2, column 4: the text ends within a string");
  CHECK(refusal("\"ab\\") == "invalid JSON: line 1, column 5: the text ends within a string");
}

TEST_CASE("What stands where it must not is named with its place") {
  CHECK(refusal("[1,]") == "invalid JSON: line 1, column 4: ']' is not expected here");
  CHECK(refusal("{,}") == "invalid JSON: line 1, column 2: ',' is not expected here");
  CHECK(refusal("{\"a\" 1}") == "invalid JSON: line 1, column 6: '1' is not expected here");
  CHECK(refusal("{\"a\" \"b\"}") == "invalid JSON: line 1, column 6: '\"b\"' is not expected here");
  CHECK(refusal("{\"a\" \"\xc3\xa9\"}") ==
        "invalid JSON: line 1, column 6: this string is not expected here");
  CHECK(refusal("{1:2}") == "invalid JSON: line 1, column 2: '1' is not expected here");
  CHECK(refusal("{\"a\":1,}") == "invalid JSON: line 1, column 8: '}' is not expected here");
  CHECK(refusal("[1 2]") == "invalid JSON: line 1, column 4: '2' is not expected here");
  CHECK(refusal("01") == "invalid JSON: line 1, column 1: '01' is not expected here");
  CHECK(refusal("[1, -x]") == "invalid JSON: line 1, column 5: '-x' is not expected here");
  CHECK(refusal("[nullx]") == "invalid JSON: line 1, column 2: 'nullx' is not expected here");
  CHECK(refusal("[\"[\\\"{\", 1, }") == "invalid JSON: line 1, column 13: '}' is not expected here");
  CHECK(refusal("[1}") == "invalid JSON: line 1, column 3: '}' is not expected here");
  CHECK(refusal("'a'") == "invalid JSON: line 1, column 1: ''a'' is not expected here");
  CHECK(refusal("[\x01]") == "invalid JSON: line 1, column 2: the byte 0x01 is not expected here");
  CHECK(refusal("[tr\x01]") == "invalid JSON: line 1, column 2: the byte 0x01 is not expected here");
  for (const auto* text : {"NaN", "nan", "Infinity", "-Infinity", "+1", ".5", "1.x", "0x10", "True", "nul]",
                           "/* c */ 1", "// c\n1", "]", "}", ":", "undefined"}) {
    CAPTURE(text);
    CHECK_THAT(refusal(text),
               Contains("line 1, column ") && (Contains("is not expected") || Contains("follows")));
  }
}

TEST_CASE("A string may hold neither a bare control character nor a broken escape") {
  CHECK(refusal("\"a\nb\"") ==
        "invalid JSON: line 1, column 3: a control character in a string must be escaped");
  CHECK(refusal("\"\x1f\"") ==
        "invalid JSON: line 1, column 2: a control character in a string must be escaped");
  CHECK(refusal("[\n  \"\t\"]") ==
        "invalid JSON: line 2, column 4: a control character in a string must be escaped");
  const auto broken = [](const std::string& inside) { return refusal("\"ab" + inside + "\""); };
  for (const auto* inside : {"\\q", "\\x41", "\\u12", "\\u12g4", "\\ud800", "\\ud800x", "\\ud800\\n",
                             "\\ud800\\u0041", "\\udc00", "\\ud800\\ud800", "\\\n"}) {
    CAPTURE(inside);
    CHECK(broken(inside) == "invalid JSON: line 1, column 4: a broken escape in a string");
  }
  CHECK(refusal("\"\\n\\\\\\q\"") == "invalid JSON: line 1, column 6: a broken escape in a string");
  CHECK(refusal("{\"\\ud83d\\ude00\" \"\\u00e9\\ude00\"}") ==
        "invalid JSON: line 1, column 24: a broken escape in a string");
}

TEST_CASE("Invalid UTF-8 is refused wherever it stands") {
  CHECK(refusal("\"\xff\"") == "invalid JSON: line 1, column 2: invalid UTF-8");
  CHECK(refusal("\"\xc3(\"") == "invalid JSON: line 1, column 3: invalid UTF-8");
  CHECK(refusal("\"\xed\xa0\x80\"") == "invalid JSON: line 1, column 3: invalid UTF-8");
  CHECK(refusal("\"\xc0\x80\"") == "invalid JSON: line 1, column 2: invalid UTF-8");
  CHECK(refusal("\"\xf4\x90\x80\x80\"") == "invalid JSON: line 1, column 3: invalid UTF-8");
  CHECK(refusal("{\"\x80\":1}") == "invalid JSON: line 1, column 3: invalid UTF-8");
  CHECK(refusal("\"a\xc3") == "invalid JSON: line 1, column 3: invalid UTF-8");
  CHECK(refusal("[1,\xff]") == "invalid JSON: line 1, column 4: invalid UTF-8");
  CHECK(refusal("{} \xff") == "invalid JSON: line 1, column 4: invalid UTF-8");
  CHECK(refusal("\xc3\xa9") == "invalid JSON: line 1, column 1: the byte 0xc3 is not expected here");
}

TEST_CASE("A byte order mark before the value is passed over, as RFC 8259 allows") {
  CHECK(parse_json("\xef\xbb\xbf{}") == Json::object());
  CHECK_THAT(refusal("\xef\xbb{}"), Contains("invalid UTF-8"));
}

TEST_CASE("A name that stands twice has its last value, as in JavaScript") {
  CHECK(parse_json(R"({"a":{"b":1},"a":[2],"c":3})") == Json{{"a", {2}}, {"c", 3}});
  CHECK(parse_json(R"({"a":1,"a":{"b":{"c":2}}})") == Json{{"a", {{"b", {{"c", 2}}}}}});
}

TEST_CASE(
    "Whatever bytes come, they are read as the library reads them or refused with a place in the text") {
  const std::vector<std::string> seeds{R"({"a":[1,-2.5e3,{"b":null}],"c":"\ud83d\ude00 \n","d":true})",
                                       "[\"\xc3\xa9\",[[]],{},0.1,false]", "\xef\xbb\xbf{\"x\" : \"y\"}\n"};
  const std::string interesting = "{}[]\",:\\u0dD8e-+.19tnf \n\x01\x7f\xc3\xa9\xed\xa0\x80\xff"s + '\0';
  std::minstd_rand random(7);  // the same texts in every run
  const auto below = [&](std::size_t bound) { return random() % bound; };
  int refused = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t change = below(4); change > 0 && !text.empty(); --change) {
      const auto at = below(text.size());
      const char byte = interesting[below(interesting.size())];
      switch (below(4)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, 1);
          break;
        default:
          text.resize(at + 1);
          break;
      }
    }
    const bool expected = Json::accept(text) && text.find('\0') == std::string_view::npos;
    bool accepted = true;
    try {
      parse_json(text);
    } catch (const Problem& problem) {
      accepted = false;
      ++refused;
      unsigned long line = 0, column = 0;
      REQUIRE(std::sscanf(problem.what(), "invalid JSON: line %lu, column %lu: ", &line, &column) == 2);
      REQUIRE((line >= 1 && column >= 1 && line + column <= text.size() + 2));
    }
    CAPTURE(text);
    REQUIRE(accepted == expected);
  }
  CHECK(refused > 5'000);
}

TEST_CASE("The text of a refusal never repeats much of what came") {
  CHECK(refusal("[1 \"" + std::string(10'000, 'x') + "\"]").size() < 120);
}

TEST_CASE("What is printed is compact and is read back as it was") {
  const Json value{{"b", {1, -2, 2.5, true, nullptr}}, {"a", "line\n\"q\" \xc3\xa9 \x01"}};
  CHECK(print_json(value) == R"({"a":"line\n\"q\" )"
                             "\xc3\xa9"
                             R"( \u0001","b":[1,-2,2.5,true,null]})");
  CHECK(parse_json(print_json(value)) == value);
}

TEST_CASE("Printing fails neither for invalid UTF-8 nor for what is no number") {
  CHECK(print_json(Json("a\xff"
                        "b\xc3")) ==
        "\"a\xef\xbf\xbd"
        "b\xef\xbf\xbd\"");
  CHECK(print_json(Json{{"\xff", 1}}) == "{\"\xef\xbf\xbd\":1}");
  CHECK(print_json(Json(std::nan(""))) == "null");
  CHECK(print_json(Json(std::numeric_limits<double>::infinity())) == "null");
}
