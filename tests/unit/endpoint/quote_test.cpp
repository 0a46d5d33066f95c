#include "endpoint/quote.hpp"

#include <catch2/catch.hpp>

using stile::quote;

TEST_CASE("a short text is quoted as it is") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("naïve 日本") == "\"naïve 日本\"");
}

TEST_CASE("control characters and what is not UTF-8 are shown by their bytes") {
  CHECK(quote(std::string("a\0b\r\n\x7F", 6)) == R"("a\x00b\x0D\x0A\x7F")");
  CHECK(quote("a\xFFz\xC3") == R"("a\xFFz\xC3")");
  CHECK(quote("\xFF\xFE"
              "ok") == R"("\xFF\xFEok")");
  CHECK(quote("a\xC3(b\xE2\x82(") == R"("a\xC3(b\xE2\x82(")");  // each byte of a sequence that breaks off
}

TEST_CASE("a long text is cut at 64 bytes, and says so") {
  CHECK(quote(std::string(64, 'x')) == '"' + std::string(64, 'x') + '"');
  CHECK(quote(std::string(65, 'x')) == '"' + std::string(64, 'x') + "\"...");
}

TEST_CASE("a long text is never cut inside a character") {
  CHECK(quote(std::string(63, 'x') + "\u00EBy") == '"' + std::string(63, 'x') + "\"...");
  CHECK(quote(std::string(62, 'x') + "\u00EBy") == '"' + std::string(62, 'x') + "\u00EB\"...");
  CHECK(quote(std::string(61, 'x') + "\U0001F43Fy") == '"' + std::string(61, 'x') + "\"...");
}
