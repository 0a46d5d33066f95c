#include "stile/bytes.hpp"

#include <catch2/catch.hpp>

using namespace stile;

TEST_CASE("Bytes are printed as padded base64, and read back") {
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{0xFB}, std::byte{0xEF}, std::byte{0xFF}};
  CHECK(print_base64(bytes) == "APvv/w==");
  CHECK(read_base64("APvv/w==") == bytes);
  CHECK(read_base64("") == std::vector<std::byte>{});
  CHECK(print_base64({}).empty());
}

TEST_CASE("Bytes are not read from another form of base64") {
  CHECK_FALSE(read_base64("APvv_w=="));
  CHECK_FALSE(read_base64("APvv/w"));
  CHECK_FALSE(read_base64("APvv\n/w=="));
  CHECK_FALSE(read_base64("APvv/x=="));
}
