#include "manifest/base64.hpp"

#include <catch2/catch.hpp>

using namespace stile;

namespace {

std::string encoded(std::string_view bytes, Base64 form = Base64::standard) {
  return encode_base64(std::as_bytes(std::span(bytes)), form);
}

std::string decoded(std::string_view text, Base64 form = Base64::standard) {
  const auto bytes = decode_base64(text, form);
  if (!bytes) return "refused";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

TEST_CASE("Base64 has the test vectors of RFC 4648, both ways") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}}));
  CHECK(encoded(bytes) == text);
  CHECK(decoded(text) == bytes);
  const auto bare = text.substr(0, text.find('='));
  CHECK(encoded(bytes, Base64::url) == bare);
  CHECK(decoded(bare, Base64::url) == bytes);
}

TEST_CASE("The two alphabets of base64 differ in their last two digits, and are not mixed") {
  CHECK(encoded("\xfb\xef\xff") == "++//");
  CHECK(encoded("\xfb\xef\xff", Base64::url) == "--__");
  CHECK(decoded("--__", Base64::url) == "\xfb\xef\xff");
  CHECK(decoded("--__") == "refused");
  CHECK(decoded("++//", Base64::url) == "refused");
}

TEST_CASE("Every byte survives base64 at every place of a group") {
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t before : {0U, 1U, 2U}) {
      for (const std::size_t after : {0U, 1U, 2U}) {
        const std::string bytes =
            std::string(before, '\xff') + static_cast<char>(byte) + std::string(after, '\0');
        CHECK(decoded(encoded(bytes)) == bytes);
        CHECK(decoded(encoded(bytes, Base64::url), Base64::url) == bytes);
      }
    }
  }
}

TEST_CASE("Base64 is refused where it is spelled in another way") {
  const std::string text = GENERATE(as<std::string>(),                                     //
                                    "Zg", "Zg=", "Zm8", "Z", "Z===", "====", "=", "=Zg=",  // padding
                                    "Zg==Zg==", "Zg==Zm9v", "Zm9v====", "Zm=v",            // and its place
                                    "Zh==", "Zm9=", "//==", "Zm//YmF=",  // bits that are left over
                                    "Zm9v\n", "Zm9v\r\nYmFy", " Zm9v", "Zm 9", "Zm9\xc3", "Zm9.");
  INFO(text);
  CHECK(decoded(text) == "refused");
}

TEST_CASE(
    "Base64 for URLs is refused with padding, with bits that are left over, and where a digit is too many") {
  const std::string text =
      GENERATE(as<std::string>(), "Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm9v=", "Zm9v\n");
  INFO(text);
  CHECK(decoded(text, Base64::url) == "refused");
}

TEST_CASE("A NUL in base64 is no digit") {
  CHECK(decoded(std::string_view("Zm9\0", 4)) == "refused");
  CHECK(decoded(encoded(std::string_view("\0\0\0\0", 4))) == std::string_view("\0\0\0\0", 4));
}
