// What the file of API keys says, as text, and what a key's own text is. Knows no file. Pure; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile::access {

/// SHA-256 of a key's whole text. No slow hash, and no salt: a key is 256 random bits, which nobody finds by trying,
/// however quick a try is. (Slow hashes are for what people think up.)
using KeyHash = std::array<unsigned char, 32>;

struct KeyEntry {
  std::string id;    ///< 12 hex digits; not secret: it stands in the key, in lists and in logs
  std::string name;  ///< a person's word for whoever has it; no two have the same
  KeyHash hash{};
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::chrono::sys_seconds created{};
  std::optional<std::chrono::sys_seconds> expires;
};

/// Bytes that the file may hold: some 20000 keys.
constexpr std::size_t longest_key_file = 8U << 20U;

/// The entries of the file's text: {"keys": [{"id": ..., "name": ..., "hash": "sha256:...", "scopes": [...], "roles": [...],
/// "created": 1764405000, "expires": ...}]}, times in seconds since 1970. Throws std::invalid_argument that says what is wrong
/// and where: not JSON, a member that is unknown, missing or of another type, an id or name that stands there twice.
std::vector<KeyEntry> parse_keys(std::string_view text);

/// The text that parse_keys() makes the same entries of.
std::string print_keys(const std::vector<KeyEntry>& entries);

/// "stile_ID_SECRET": the id, where `key` has that form; no more is checked.
std::optional<std::string_view> id_of_key(std::string_view key);

/// The key's text: 48 bits of an id and 256 of a secret, as lower-case hex digits.
std::string make_key(const std::array<std::byte, 6>& id, const std::array<std::byte, 32>& secret);

/// Throws std::runtime_error where OpenSSL refuses to.
KeyHash hash_of_key(std::string_view key);

/// 1 .. 64 letters, digits and ._-@+: beginning with a letter or digit, and not what could be an id.
bool is_key_name(std::string_view text);

/// A scope or role: what RFC 6749 (section 3.3) lets be one, of up to 128 bytes.
bool is_scope(std::string_view text);

}  // namespace stile::access
