// What RFC 8259 takes for JSON, what it does not, and what it leaves to the reader: a table of texts for each rule.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "stile/json.hpp"
#include "stile/problem.hpp"

using namespace stile;
using namespace std::string_literals;

namespace {

bool is_taken(const std::string& text) {
  try {
    const Json value = parse_json(text);
    const std::string printed = print_json(value);
    CHECK(parse_json(printed) == value);
    return true;
  } catch (const Problem& problem) {
    CHECK(problem.status() == 400);
    CHECK(problem.detail().starts_with("invalid JSON: line "));
    return false;
  }
}

void check_all(const std::vector<std::string>& texts, bool taken) {
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(is_taken(text) == taken);
  }
}
void check_taken(const std::vector<std::string>& texts) { check_all(texts, true); }
void check_refused(const std::vector<std::string>& texts) { check_all(texts, false); }

std::string repeated(std::size_t count, const std::string& part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::string quoted(const std::string& inside) { return '"' + inside + '"'; }

}  // namespace

TEST_CASE("JSON: a text is one value, with white space around it") {
  check_taken({"0", "\"\"", "null", "true", "false", "[]", "{}", " 1", "1 ", "\n1\n", "\t\r\n 1 \t\r\n",
               "[ ]", "{ }", "[\n1\t,\r2 ]", "{ \"a\" :\n1 }"});
  check_refused({"", " ", "\n", "\t\t", "1 2", "1,", "1,2", "[][]", "{}{}", "[]{}", "{} 1", "\"a\" \"b\"",
                 "null null", "[1]x", "1]", "1}", "{}#", "{}//", "nullnull"});
}

TEST_CASE(
    "JSON: white space is the blank, the tab, the line feed and the carriage return, and nothing else") {
  for (const std::string& other :
       {"\f"s, "\v"s, "\0"s, "\x1f"s, "\x7f"s, "\xc2\xa0"s, "\xc2\x85"s, "\xe2\x80\xa8"s, "\xe2\x81\xa0"s,
        "\xe3\x80\x80"s, "\\n"s, "\\t"s, "\xef\xbb\xbf"s}) {
    check_refused({"1" + other, "[" + other + "1]", "[1" + other + "]", "{\"a\"" + other + ":1}", other});
  }
  check_refused({"/**/1", "1/**/", "//\n1", "[1,/**/2]", "# 1\n1", "<!-- -->1"});
}

TEST_CASE("JSON: words are null, true and false, in small letters") {
  check_refused({"Null",     "NULL",
                 "nul",      "nulll",
                 "n",        "True",
                 "TRUE",     "tru",
                 "truee",    "t",
                 "False",    "FALSE",
                 "fals",     "falsee",
                 "f",        "undefined",
                 "None",     "nil",
                 "yes",      "on",
                 "NaN",      "nan",
                 "Infinity", "-Infinity",
                 "inf",      "[nul]",
                 "[truth]",  "{\"a\":fals}",
                 "'null'",   "\xef\xbd\x8eull",
                 "a",        "\xc3\xa9",
                 "*",        "$",
                 "&",        "@",
                 "\\u0031"});
}

TEST_CASE("JSON: arrays have commas between their values, and nowhere else") {
  check_taken({"[1]", "[1,2]", "[[]]", "[[],[]]", "[{}]", "[null,true,\"\",0,{},[]]", "[1,\n2]"});
  check_refused({"[",      "]",
                 "[1",     "[1,",
                 "[,",     "[,]",
                 "[,1]",   "[1,]",
                 "[1,,2]", "[1,,]",
                 "[1 2]",  "[\"a\" \"b\"]",
                 "[1;2]",  "[1:2]",
                 "[1}",    "[{]",
                 "[{]}",   "[[]",
                 "[]]",    "[[1]",
                 "[1]]",   "[\"a",
                 "[\"a\"", "[\"a\",",
                 "[*]",    "[,,]",
                 "[1,2,",  "(1)",
                 "[(1)]",  "[-]",
                 "[\"\"",  "[1,2",
                 "[3[4]]", "[\"x\", truth]",
                 "[\n",    "[\"\",]"});
}

TEST_CASE("JSON: objects have names in double quotes, a colon each and commas between") {
  check_taken({R"({"a":1})", R"({"":0})", R"({"a":1,"b":2})", R"({"a":{},"b":[]})", R"({"a":{"a":{"a":1}}})",
               R"({"\u0061":1})", R"({"a\u0000b":1})", "{\"\xc3\xa9\":1}", R"({"a b":1})",
               R"({"true":null})"});
  check_refused({"{",
                 "}",
                 "{\"a\"",
                 "{\"a\":",
                 "{\"a\":1",
                 "{\"a\":1,",
                 "{\"a\":1,}",
                 "{\"a\":1,,\"b\":2}",
                 "{,}",
                 "{,\"a\":1}",
                 "{\"a\"}",
                 "{\"a\",1}",
                 "{\"a\" 1}",
                 "{\"a\"=1}",
                 "{\"a\"::1}",
                 "{\"a\":}",
                 "{:1}",
                 "{a:1}",
                 "{'a':1}",
                 "{1:1}",
                 "{null:1}",
                 "{[]:1}",
                 "{{}:1}",
                 "{\"a\":1 \"b\":2}",
                 "{\"a\":1;\"b\":2}",
                 "{\"a\":1]",
                 "{\"a\":1}}",
                 "{\"a\":'b'}",
                 "{\"a\":b}",
                 "{\"a\":\"b\"",
                 "{\"a",
                 "{\"a\":1}#",
                 "{\"a\":/*b*/1}",
                 "{\"a\":1,a}",
                 "{\"\\uD800\":1}",
                 "{\"a\nb\":1}",
                 "{\"a\":1,\"a\"}",
                 "{\"a\":1\"b\":2}",
                 "{a",
                 "{\"a\":[}",
                 "{9999E1:1}"});
}

TEST_CASE("JSON: of two members with one name the last counts") {
  CHECK(parse_json(R"({"a":1,"a":2})") == Json{{"a", 2}});
  CHECK(parse_json(R"({"a":1,"\u0061":2})") == Json{{"a", 2}});
  CHECK(parse_json("{\"\xc3\xa9\":1,\"e\xcc\x81\":2}").size() == 2);  // names are not normalized
}

TEST_CASE("JSON: numbers are decimal, with a sign, a fraction and an exponent as the grammar has them") {
  check_taken({"0",
               "-0",
               "1",
               "-1",
               "10",
               "123456789",
               "0.0",
               "-0.0",
               "1.5",
               "-1.5",
               "0.1",
               "10.01",
               "1e1",
               "1E1",
               "1e+1",
               "1E+1",
               "1e-1",
               "1E-1",
               "0e0",
               "0E+0",
               "0e-0",
               "0e1",
               "1.5e3",
               "1.5E-3",
               "-1.5e+3",
               "1e01",
               "1.0e00",
               "[-0]",
               "20e1",
               "1" + repeated(300, "0") + ".0",
               "0." + repeated(1000, "1"),
               "1." + repeated(1000, "0") + "e5"});
  check_refused({"+1",        "++1",        "--1",       "-",    "- 1",   "-a",    "01",    "00",
                 "-01",       "-00",        "012",       "1.",   "-1.",   "0.",    ".1",    "-.1",
                 ".",         "1..2",       "1.2.3",     "1.e1", "0.e1",  "1e",    "1e+",   "1e-",
                 "1E",        "0e",         "0e+",       "1ee1", "1e1.5", "1e 1",  "1e+-1", "1e1e1",
                 "0x1",       "0x",         "0b1",       "0o7",  "1_000", "1,000", "1 000", "1'000",
                 "1L",        "1f",         "1.0f",      "1d",   "1a",    "1.5a",  "1e1a",  "-Infinity",
                 "+Infinity", "-NaN",       "1/2",       "1+2",  "1-2",   "$1",    "1%",    "\xef\xbc\x91",
                 "\xd9\xa1",  "[1.]",       "[.1]",      "[+1]", "[0x1]", "[012]", "[1e]",  "[-]",
                 "[1+]",      "{\"a\":01}", "{\"a\":+1}"});
}

TEST_CASE("JSON: a number keeps its value, or is refused") {
  CHECK(parse_json("9223372036854775807").get<std::int64_t>() == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_json("-9223372036854775808").get<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_json("18446744073709551615").get<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_json("123.456e78").get<double>() == 123.456e78);
  CHECK(parse_json("1.7976931348623157e308").get<double>() == std::numeric_limits<double>::max());
  CHECK(parse_json("4.9e-324").get<double>() == std::numeric_limits<double>::denorm_min());
  CHECK(parse_json("1e-400").get<double>() == 0);  // rounded, as every fraction is
  CHECK(parse_json("-1e-400").get<double>() == 0);
  CHECK(parse_json("0.000" + repeated(400, "0") + "1").get<double>() == 0);
  CHECK(parse_json("0e999999999").get<double>() == 0);
  CHECK(parse_json("100000000000000000000").get<double>() == 1e20);  // as JavaScript writes it
  CHECK(parse_json("-1" + repeated(100, "0")).get<double>() == -1e100);
  CHECK(parse_json("12345678901234567000").get<std::uint64_t>() == 12345678901234567000U);
  CHECK(parse_json("123456789012345670000").get<double>() == 1.2345678901234567e20);
  // What no type holds would be another number, or infinity.
  check_refused({"18446744073709551616", "-9223372036854775809", "123456789012345678000",
                 "1" + repeated(400, "0"), "1e309", "-1e309", "1.5e+9999", "123123e100000", "[1e400]",
                 "1e" + repeated(50, "9"), repeated(400, "9") + ".0"});
}

TEST_CASE("JSON: strings stand in double quotes, which both are there") {
  check_taken({R"("")", R"(" ")", R"("a")", R"("a b")", R"("'")", R"("/")", R"("[]{},:")", R"("null")",
               R"("//")", R"("/*")", R"("#")", R"("\\")", R"("\"")", R"("\\\\")", R"("\\\"")"});
  check_refused({"\"", "\"a", "a\"", "'a'", "'", "`a`", "\"a'", "\"\\\"", "\"\\\\\\\"", "\"\"\"", "\"a\"b\"",
                 "\"a\"\"b\"", "[\"a]", "\xe2\x80\x9c"s + "a" + "\xe2\x80\x9d", "\\\"a\\\"", "abc", "\"a\\",
                 "[\"\\"});
}

TEST_CASE("JSON: a control character in a string must be escaped, anything above may stand as it is") {
  for (int c = 0; c < 0x20; ++c) {
    const std::string bare(1, static_cast<char>(c));
    check_refused({quoted(bare), quoted("a" + bare + "b"), quoted("\\" + bare), "{" + quoted(bare) + ":1}"});
  }
  for (int c = 0x20; c < 0x80; ++c) {
    const std::string bare(1, static_cast<char>(c));
    CAPTURE(bare);
    CHECK(is_taken(quoted(bare)) == (c != '"' && c != '\\'));
  }
}

TEST_CASE("JSON: a backslash begins one of nine escapes") {
  CHECK(parse_json(R"("\"\\\/\b\f\n\r\t")") == Json("\"\\/\b\f\n\r\t"));
  const std::string known = "\"\\/bfnrtu";
  for (int c = 0x20; c < 0x80; ++c) {
    const std::string escape = {'\\', static_cast<char>(c)};
    if (known.find(escape[1]) == std::string::npos)
      check_refused({quoted(escape), quoted("a" + escape + "a")});
  }
  check_refused({quoted("\\x41"), quoted("\\0"), quoted("\\101"), quoted("\\U0041"), quoted("\\u{41}"),
                 quoted("\\\xc3\xa9"), quoted("\\\xff")});
}

TEST_CASE("JSON: four hexadecimal digits follow a backslash and u, in either case") {
  CHECK(parse_json(R"("\u0041\u00e9\u00E9\u20aC\uFFFF\ufffe")") ==
        Json("A\xc3\xa9\xc3\xa9\xe2\x82\xac\xef\xbf\xbf\xef\xbf\xbe"));
  CHECK(parse_json(R"("\u0000")") == Json("\0"s));
  CHECK(parse_json(R"("\u00410")") == Json("A0"));
  CHECK(parse_json(R"("\\u0041")") == Json("\\u0041"));
  CHECK(parse_json(R"("\u0022\u005c")") == Json("\"\\"));
  check_refused({quoted("\\u"), quoted("\\u0"), quoted("\\u00"), quoted("\\u004"), quoted("\\u004g"),
                 quoted("\\u-041"), quoted("\\u+041"), quoted("\\u 041"), quoted("\\u00 1"),
                 quoted("\\u00\xc3\xa9"), "\"\\u0041", "\"\\u004", quoted("\\u0x41"), quoted("\\uu0041")});
}

TEST_CASE("JSON: surrogates stand in pairs, and only as escapes") {
  CHECK(parse_json(R"("\ud83d\ude00")") == Json("\xf0\x9f\x98\x80"));
  CHECK(parse_json(R"("\uD800\uDC00")") == Json("\xf0\x90\x80\x80"));
  CHECK(parse_json(R"("\uDBFF\uDFFF")") == Json("\xf4\x8f\xbf\xbf"));
  check_refused({quoted("\\ud800"), quoted("\\udbff"), quoted("\\udc00"), quoted("\\udfff"),
                 quoted("\\ud800a"), quoted("\\ud800\\n"), quoted("\\ud800\\u0041"), quoted("\\ud800\\ud800"),
                 quoted("\\udc00\\ud800"), quoted("\\ud800\\"), quoted("\\ud800\\u"), quoted("\\ud800\\udc0"),
                 quoted("\\ud83d\\ude00\\ud83d"), quoted("a\\udc00"), quoted("\\uD83D \\uDE00"),
                 quoted("\\ud800\xed\xb0\x80"), quoted("\xed\xa0\x80"), quoted("\xed\xb0\x80"),
                 quoted("\xed\xa0\xbd\xed\xb8\x80")});
}

TEST_CASE("JSON: the text is UTF-8, and nothing else") {
  check_taken({quoted("\xc2\x80"), quoted("\xdf\xbf"), quoted("\xe0\xa0\x80"), quoted("\xed\x9f\xbf"),
               quoted("\xee\x80\x80"), quoted("\xef\xbf\xbd"), quoted("\xef\xbf\xbf"),
               quoted("\xf0\x90\x80\x80"), quoted("\xf4\x8f\xbf\xbf"), quoted("\xe2\x80\xa8\xe2\x80\xa9"),
               quoted("\xc2\x85"), quoted("\xef\xbb\xbf"), quoted("e\xcc\x81")});
  for (const std::string& broken : {"\x80"s,
                                    "\xbf"s,
                                    "\xc0\xaf"s,
                                    "\xc1\xbf"s,
                                    "\xc2"s,
                                    "\xc2\x41"s,
                                    "\xc2\xc2\x80"s,
                                    "\xe0\x80\x80"s,
                                    "\xe0\x9f\xbf"s,
                                    "\xe2\x82"s,
                                    "\xe2\x28\xa1"s,
                                    "\xe2\x82\x28"s,
                                    "\xf0\x80\x80\x80"s,
                                    "\xf0\x8f\xbf\xbf"s,
                                    "\xf0\x9f\x98"s,
                                    "\xf4\x90\x80\x80"s,
                                    "\xf5\x80\x80\x80"s,
                                    "\xf8\x88\x80\x80\x80"s,
                                    "\xfc\x84\x80\x80\x80\x80"s,
                                    "\xfe"s,
                                    "\xff"s,
                                    "\xe9"s,
                                    "\xc3\xa9\xa9"s}) {
    check_refused({quoted(broken), quoted("a" + broken + "a"), "{" + quoted(broken) + ":1}", broken,
                   "[" + broken + "]", "1" + broken, "\"" + broken});
  }
  // UTF-16 and UTF-32, with and without a mark.
  check_refused(
      {"\xff\xfe[\0]\0"s, "\xfe\xff\0[\0]"s, "[\0]\0"s, "\0[\0]"s, "\"\0a\0\"\0"s, "[\0\0\0]\0\0\0"s});
}

TEST_CASE("JSON: a byte order mark before the text is passed over, one anywhere else is not") {
  check_taken({"\xef\xbb\xbf{}", "\xef\xbb\xbf 1", "\xef\xbb\xbf\"\""});
  check_refused({"\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf{}", " \xef\xbb\xbf{}", "{}\xef\xbb\xbf",
                 "[\xef\xbb\xbf]", "\xef\xbb", "\xef\xbb{}", "\xef{}", "\xef\xbb\xbfx"});
}

TEST_CASE("JSON: 64 levels are read, one more is not, and no number of them does harm") {
  const auto arrays = [](std::size_t levels) { return repeated(levels, "[") + repeated(levels, "]"); };
  const auto objects = [](std::size_t levels) {
    return repeated(levels, "{\"a\":") + "1" + repeated(levels, "}");
  };
  check_taken({arrays(64), objects(64), repeated(32, "[{\"a\":") + "1" + repeated(32, "}]")});
  check_refused({arrays(65), objects(65), repeated(100'000, "["), repeated(100'000, "{\"a\":"),
                 repeated(100'000, "[{\"\":"), arrays(100'000), repeated(100'000, "]")});
  check_taken({"[" + repeated(100'000, "[],") + "1]"});  // breadth is no depth
}
