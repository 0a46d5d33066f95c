#include "manifest/text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace stile;
using namespace std::string_view_literals;

TEST_CASE("A token is what HTTP lets stand as a header's name") {
  CHECK(is_token("X-Trace_1.~!#$%&'*+^`|"));
  CHECK_FALSE(is_token(""));
  for (const auto text :
       {"a b"sv, "a:b"sv, "a\r"sv, "a\n"sv, "a\0"sv, "a\t"sv, "a(b"sv, "a\"b"sv, "a/b"sv, "\xc3\xa4"sv}) {
    CAPTURE(text);
    CHECK_FALSE(is_token(text));
  }
}

TEST_CASE("A field value holds no control character but the tab") {
  CHECK(is_field_value(""));
  CHECK(is_field_value("a b\tc, \"d\"; caf\xc3\xa9 \xff"));
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::string text{'a', static_cast<char>(byte), 'b'};
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    CHECK(is_field_value(text) == !control);
  }
}

TEST_CASE("An identifier begins with a letter or an underscore") {
  for (const auto text : {"id", "_", "_1", "note_id", "A9"}) CHECK(is_identifier(text));
  for (const auto text : {"", "1a", "a-b", "a.b", "\xc3\xa4", "a b"}) CHECK_FALSE(is_identifier(text));
}

TEST_CASE("Letters are compared without their case and bytes with it") {
  CHECK(equal_ignoring_case("Content-TYPE", "content-type"));
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));  // differ by the bit that tells the case of letters
  CHECK_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("Blanks and tabs are trimmed at both ends alone") {
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \t ").empty());
  CHECK(trim("\na") == "\na");
}

TEST_CASE("Valid UTF-8 is told from invalid") {
  const auto npos = std::string_view::npos;

  SECTION("the first and the last of every length are valid") {
    for (const auto text :
         {""sv, "\0"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv,
          "\xee\x80\x80"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
      CAPTURE(text);
      CHECK(invalid_utf8_at(text) == npos);
    }
  }
  SECTION("overlong forms, surrogates and what is over U+10FFFF are not") {
    for (const auto text :
         {"\xc0\x80"sv, "\xc1\xbf"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "\xfe"sv, "\x80"sv, "\xbf"sv}) {
      CAPTURE(text);
      CHECK(invalid_utf8_at(text) == 0);
    }
    for (const auto text : {"\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf0\x8f\xbf\xbf"sv,
                            "\xf4\x90\x80\x80"sv, "\xc3\x28"sv}) {
      CAPTURE(text);
      CHECK(invalid_utf8_at(text) == 1);
    }
    CHECK(invalid_utf8_at("\xe2\x82\x28") == 2);
    CHECK(invalid_utf8_at("\xf0\x90\x80\x28") == 3);
  }
  SECTION("a sequence that the end cuts off is wrong from its beginning") {
    CHECK(invalid_utf8_at("ab\xc3") == 2);
    CHECK(invalid_utf8_at("ab\xf0\x90\x80") == 2);
  }
  SECTION("the valid beginning ends before the sequence that is wrong") {
    CHECK(valid_utf8_length("") == 0);
    CHECK(valid_utf8_length("ab\xc3\xa9") == 4);
    CHECK(valid_utf8_length("ab\xc3\x28") == 2);
    CHECK(valid_utf8_length("ab\xf0\x90\x80\x28") == 2);
    CHECK(valid_utf8_length("\xff") == 0);
  }
  SECTION("the place is found behind any number of ASCII bytes") {
    for (std::size_t length = 0; length < 40; ++length) {
      CAPTURE(length);
      CHECK(invalid_utf8_at(std::string(length, 'a')) == npos);
      CHECK(invalid_utf8_at(std::string(length, 'a') + "\xff" + "aaaaaaaaaaaaaaaa") == length);
      CHECK(invalid_utf8_at(std::string(length, 'a') + "\xc3\xa9" + std::string(20, 'a') + "\x80") ==
            length + 22);
    }
  }
}
