#include "stile/uuid.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace stile;

TEST_CASE("A UUID is read in any case and printed in lower case") {
  const auto uuid = read_uuid("F81d4fae-7DEC-11d0-a765-00A0C91E6BF6");
  REQUIRE(uuid);
  CHECK(uuid->data[0] == 0xF8);
  CHECK(uuid->data[15] == 0xF6);
  CHECK(print_uuid(*uuid) == "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  CHECK(print_uuid(Uuid{}) == "00000000-0000-0000-0000-000000000000");
  CHECK(read_uuid("ffffffff-ffff-ffff-ffff-ffffffffffff"));  // RFC 9562 has the highest one too
}

TEST_CASE("A UUID is refused in any other spelling") {
  const std::string text =
      GENERATE(as<std::string>(), "", "f81d4fae7dec11d0a76500a0c91e6bf6",
               "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
               "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf67",
               "f81d4fae-7dec-11d0-a765-00a0c91e6bfg", "f81d4fae-7dec-11d0a-765-00a0c91e6bf6",
               "f81d4fae-7dec-11d0-a765 00a0c91e6bf6", "-81d4fae-7dec-11d0-a765-00a0c91e6bf6",
               " f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n");
  INFO(text);
  CHECK_FALSE(read_uuid(text));
}

TEST_CASE("New UUIDs are of version 4, of the RFC's variant, and all different") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid uuid = new_uuid();
    CHECK(uuid.version() == Uuid::version_random_number_based);
    CHECK(uuid.variant() == Uuid::variant_rfc_4122);
    const std::string text = print_uuid(uuid);
    CHECK(read_uuid(text) == uuid);
    seen.insert(text);
  }
  CHECK(seen.size() == 1000);
}
