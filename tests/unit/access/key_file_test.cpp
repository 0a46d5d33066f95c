#include "access/key_file.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace stile::access;
using Catch::Contains;
using namespace std::chrono_literals;

namespace {

const std::string hash = "sha256:" + std::string(64, '0');
const std::string plain =
    R"("id": "0123456789ab", "name": "mobile", "hash": ")" + hash + R"(", "created": 1764405000)";

std::string file_with(const std::string& members) { return R"({"keys": [{)" + members + "}]}"; }

}  // namespace

TEST_CASE("A key's text has an id and a secret of 256 bits, and its id is found again") {
  std::array<std::byte, 6> id{};
  std::array<std::byte, 32> secret{};
  id[0] = std::byte{0xab};
  secret[31] = std::byte{0x0f};
  const auto key = make_key(id, secret);
  CHECK(key == "stile_ab0000000000_" + std::string(62, '0') + "0f");
  CHECK(id_of_key(key) == "ab0000000000");
}

TEST_CASE("What has not the form of a key has no id") {
  const std::string key = "stile_0123456789ab_" + std::string(64, 'e');
  REQUIRE(id_of_key(key));
  for (const auto& text :
       {std::string(), key.substr(1), key + "0", key.substr(0, 82), "Stile" + key.substr(5),
        "stile_0123456789AB_" + std::string(64, 'e'), "stile_0123456789ab-" + std::string(64, 'e'),
        "stile_0123456789ab_" + std::string(64, 'g'), "stile_0123456_89ab_" + std::string(64, 'e')}) {
    INFO(text);
    CHECK_FALSE(id_of_key(text));
  }
}

TEST_CASE("The hash of a key is SHA-256") {
  // RFC 6234's own test (section 8.5): "abc"
  const auto abc = hash_of_key("abc");
  CHECK(abc[0] == 0xba);
  CHECK(abc[1] == 0x78);
  CHECK(abc[31] == 0xad);
}

TEST_CASE("Entries are read back as they were written") {
  KeyEntry mobile{.id = "0123456789ab",
                  .name = "mobile",
                  .hash = hash_of_key("x"),
                  .scopes = {"notes:read", "notes:write"},
                  .roles = {"admin"},
                  .created = std::chrono::sys_seconds(1764405000s),
                  .expires = std::chrono::sys_seconds(1772181000s)};
  KeyEntry other{.id = "000000000000",
                 .name = "b@c.example+1",
                 .hash = {},
                 .scopes = {},
                 .roles = {},
                 .created = {},
                 .expires = {}};
  const auto read = parse_keys(print_keys({mobile, other}));
  REQUIRE(read.size() == 2);
  CHECK(read[0].id == mobile.id);
  CHECK(read[0].name == mobile.name);
  CHECK(read[0].hash == mobile.hash);
  CHECK(read[0].scopes == mobile.scopes);
  CHECK(read[0].roles == mobile.roles);
  CHECK(read[0].created == mobile.created);
  CHECK(read[0].expires == mobile.expires);
  CHECK(read[1].name == other.name);
  CHECK_FALSE(read[1].expires);
  CHECK(parse_keys(print_keys({})).empty());
}

TEST_CASE("A file of keys that is not as it should be is refused whole, and says where") {
  REQUIRE(parse_keys(file_with(plain)).size() == 1);
  const auto refused = [](const std::string& text, const std::string& part) {
    INFO(text);
    CHECK_THROWS_AS(parse_keys(text), std::invalid_argument);
    CHECK_THROWS_WITH(parse_keys(text), Contains(part));
  };
  refused("", "line 1");
  refused("[]", "keys");
  refused(R"({"keys": {}})", "keys");
  refused(R"({"keys": [], "more": 1})", "keys");
  refused(R"({"keys": [1]})", "/keys/0: must be an object");
  refused(file_with(""), "/keys/0/id: is missing");
  refused(file_with(plain + R"(, "more": 1)"), "/keys/0/more: is unknown");
  refused(file_with(plain + R"(, "name": "b")"), "twice");
  refused(file_with(plain + R"(, "scopes": "a")"), "/scopes: must be an array");
  refused(file_with(plain + R"(, "scopes": ["a b"])"), "/scopes");
  refused(file_with(plain + R"(, "roles": [""])"), "/roles");
  refused(file_with(plain + R"(, "expires": "tomorrow")"), "/expires");
  refused(file_with(plain + R"(, "expires": -1)"), "/expires");
  refused(file_with(plain + R"(, "expires": 1e300)"), "/expires");
  refused(file_with(plain + R"(, "expires": 18446744073709551615)"), "/expires");
  const std::string rest = R"(", "name": "a", "created": 0, "hash": ")";
  refused(file_with(R"("id": "0123456789AB)" + rest + hash + "\""), "/id");
  refused(file_with(R"("id": "0123456789ab)" + rest + "md5:" + hash + "\""), "/hash");
  refused(file_with(R"("id": "0123456789ab)" + rest + hash.substr(0, 70) + "g\""), "/hash");
  const std::string two = file_with(plain);
  refused(two.substr(0, two.size() - 2) + ", {" + plain + "}]}", "/keys/1/id: stands there twice");
  auto other = plain;
  other.replace(other.find("0123456789ab"), 1, "f");
  refused(two.substr(0, two.size() - 2) + ", {" + other + "}]}", "/keys/1/name: stands there twice");
}

TEST_CASE("Names of keys, and scopes") {
  for (const auto* name : {"a", "mobile-app", "CI:deploy@2", "0123456789a", "0123456789abc"})
    CHECK(is_key_name(name));
  for (const auto* name : {"", "-a", "a b", "a\n", "0123456789ab", "\xc3\xa9"})
    CHECK_FALSE(is_key_name(name));
  CHECK_FALSE(is_key_name(std::string(65, 'a')));
  for (const auto* scope : {"notes:read", "https://example.com/a", "!"}) CHECK(is_scope(scope));
  for (const auto* scope : {"", "a b", "a\"", "a\\", "a\x7f", "\xc3\xa9"}) CHECK_FALSE(is_scope(scope));
  CHECK_FALSE(is_scope(std::string(129, 'a')));
}
