// A token's own text: its parts, header and claims, before anything of it is believed. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/token_verifier.hpp"

namespace stile::access {

/// What is wrong with a token: what() is for the log, and holds of the token nothing but what is printable and short.
class BadToken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The three parts of a JWS (RFC 7515, section 7.1), views of the token.
struct TokenParts {
  std::string_view is_signed;  ///< header and payload with the dot between them: what the signature is of
  std::string_view header;
  std::string_view payload;
  std::vector<std::byte> signature;
};

/// Throws BadToken for another number of parts (five are an encrypted token's), an empty one, more than longest_token bytes, or
/// a signature that is no base64url.
TokenParts split_token(std::string_view token);

struct TokenHeader {
  Algorithm algorithm{};
  std::optional<std::string> key_id;
};

/// Throws BadToken for what is not a JSON object in base64url, an algorithm that the rules don't let pass, a type that is not
/// theirs, and all that would change what the token means: `crit`, `b64`, `zip`, `enc`, a token within. Where a key could be
/// had from (`jku`, `jwk`, `x5u`, `x5c`) is not looked at: keys are ours.
TokenHeader read_header(std::string_view part, const TokenRules& rules);

/// The claims, where they hold at `now`; else what is wrong with them. Only for tokens whose signature is right: what
/// the caller is told of it. Throws BadToken where they are not a JSON object, or one has another type than it should.
std::variant<Claims, Refusal> read_claims(std::string_view part, const TokenRules& rules,
                                          std::chrono::system_clock::time_point now);

/// "RS256", ...
std::string_view name_of(Algorithm algorithm);

/// Printable and short, in quotes.
std::string quote_for_log(std::string_view text);

}  // namespace stile::access
