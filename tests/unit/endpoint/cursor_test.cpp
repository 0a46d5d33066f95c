#include "endpoint/cursor.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "support/temporary_directory.hpp"

using namespace stile;

namespace {

CursorKey key_of(int first) {
  CursorKey key{};
  key[0] = static_cast<std::byte>(first);
  return key;
}

const CursorKey ours = key_of(1);

}  // namespace

TEST_CASE("A cursor gives back what was sealed, in characters that a URL takes as they are") {
  for (const std::string& payload :
       {std::string(), std::string("42"), std::string("\0\xff?&=/+", 7), std::string(5000, 'x')}) {
    const std::string sealed = seal_cursor(payload, "/api/notes?sort=text", ours);
    CHECK(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
    CHECK(open_cursor(sealed, "/api/notes?sort=text", ours) == payload);
    CHECK(seal_cursor(payload, "/api/notes?sort=text", ours) == sealed);
  }
}

TEST_CASE("A cursor is signed by HMAC-SHA256 of what it is good for and what stands in it") {
  // The same by: printf 'stile cursor 1\n3\nctxpage' | openssl dgst -sha256 -mac HMAC -macopt hexkey:01000...0
  CHECK(seal_cursor("page", "ctx", ours) == "cGFnZXBsdeH196sd5UsoVDvaCorpyWyjhvObNP9wJk6xOkMO");
}

TEST_CASE("A cursor with another bit, byte or length is refused") {
  const std::string sealed = seal_cursor("id=42", "notes", ours);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (const char other : {'A', 'B', 'w', '_', '=', '\0', '\xff'}) {
      std::string changed = sealed;
      if (changed[at] == other) continue;
      changed[at] = other;
      INFO(at << ": " << changed);
      CHECK_FALSE(open_cursor(changed, "notes", ours));
    }
    CHECK_FALSE(open_cursor(sealed.substr(0, at), "notes", ours));
    CHECK_FALSE(open_cursor(sealed.substr(at + 1), "notes", ours));
  }
  CHECK_FALSE(open_cursor(sealed + "A", "notes", ours));
  CHECK_FALSE(open_cursor(sealed + sealed, "notes", ours));
  CHECK_FALSE(open_cursor("", "notes", ours));
}

TEST_CASE("A cursor of another context or key is refused") {
  const std::string sealed = seal_cursor("id=42", "notes", ours);
  CHECK_FALSE(open_cursor(sealed, "note", ours));
  CHECK_FALSE(open_cursor(sealed, "", ours));
  CHECK_FALSE(open_cursor(sealed, "notes", key_of(2)));
}

TEST_CASE("What ends a cursor's context can't begin its payload instead") {
  CHECK_FALSE(open_cursor(seal_cursor("b", "a", ours), "", ours));
  const std::string sealed = seal_cursor("bc", "a", ours);
  const std::string moved = seal_cursor("c", "ab", ours);
  CHECK(sealed.substr(sealed.size() - 43) != moved.substr(moved.size() - 43));
}

TEST_CASE("The key of cursors is made in the state directory and kept by the process") {
  ::setenv("STILE_STATE_DIR", "/nowhere/at/all", 1);
  CHECK_THROWS_WITH(cursor_key(), Catch::Contains("/nowhere/at/all/.cursor-key"));  // and is tried again:
  const test::TemporaryDirectory directory;
  ::setenv("STILE_STATE_DIR", directory.path().c_str(), 1);
  const std::string sealed = seal_cursor("7", "notes");
  const std::string kept = test::read_file(directory.file(".cursor-key"));
  CHECK(std::memcmp(kept.data(), cursor_key().data(), cursor_key().size()) == 0);
  ::unsetenv("STILE_STATE_DIR");
  CHECK(open_cursor(sealed, "notes") == "7");
  CHECK(open_cursor(sealed, "notes", cursor_key()) == "7");
  CHECK_FALSE(open_cursor(sealed, "notes", ours));
}
