// Which bearer tokens are accepted: what stile.json's "jwt" says, and how the workers are told. Links nothing that checks
// them. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile::access {

enum class Algorithm : std::uint8_t { HS256, RS256, ES256, EdDSA };

struct TokenRules {
  std::vector<Algorithm> algorithms{};  ///< those that are let pass; at least one. HS256 stands alone
  /// Exactly one of the two. A public key (PEM, "BEGIN PUBLIC KEY"), or for HS256 the secret's bytes,
  /// at least 32 of them; one key, so for one algorithm. Read again when it changes.
  std::string key_file{};
  std::string jwks_file{};          ///< a JSON Web Key Set (RFC 7517, section 5); read again when it changes
  std::string issuer{};             ///< what `iss` has to be, to the letter; empty: anything, or nothing
  std::string audience{};           ///< what `aud` has to be or hold; empty: a token that has one is refused
  std::chrono::seconds leeway{60};  ///< by which clocks may differ: 0 .. 10 min
  std::vector<std::string> required{};  ///< further claims that have to be there: "sub", "client_id"
  /// What the header's `typ` has to be ("at+jwt", RFC 9068); empty: "JWT", "at+jwt" or nothing, so that tokens which are made
  /// for something else (logout, DPoP proofs, ...) are none.
  std::string type{};
  bool must_expire = true;  ///< a token without `exp` is refused
};

/// "RS256"; nothing for what is none of ours.
std::optional<Algorithm> algorithm_of(std::string_view name);

/// Throws std::invalid_argument with a sentence for a person where the rules can't hold: no algorithm, both files or none,
/// HS256 beside others, a leeway that is too long.
void check(const TokenRules& rules);

/// JSON on one line, of which parse_token_rules() makes the same rules. Throws std::invalid_argument for what it has not made.
std::string print_token_rules(const TokenRules& rules);
TokenRules parse_token_rules(std::string_view text);

/// Bytes of a file of one key or of a key set, at most.
inline constexpr std::size_t longest_token_key_file = 1U << 20U;

}  // namespace stile::access
