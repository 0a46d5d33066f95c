// Bearer tokens: JSON Web Tokens (RFC 7519) that somebody else has signed, checked as RFC 8725 asks for. Never asks the network.
// Linked only by functions that refer to it, as what it needs (librhonabwy, GnuTLS) costs each process that loads it some
// milliseconds and megabytes. Any thread: a call may wait for another one's that reads a file of keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/refusal.hpp"
#include "access/token_rules.hpp"

namespace stile::access {

struct Claims {
  std::string subject;              ///< `sub`; empty where there is none
  std::string issuer;               ///< `iss`; likewise
  std::vector<std::string> scopes;  ///< `scope` (RFC 8693, section 4.2), or `scp`, a string or an array
  std::vector<std::string> roles;   ///< `roles`
  nlohmann::json all;               ///< the whole object
};

/// Longer tokens are refused before anything is made of them.
constexpr std::size_t longest_token = 8192;

class TokenVerifier {
 public:
  /// How long a change of the file of keys may stay unseen.
  static constexpr std::chrono::milliseconds patience{200};

  /// Reads no file yet. `look_again_after` is another one in tests alone. Throws std::invalid_argument with a sentence for a person where the rules can't hold: no algorithm,
  /// both files or none, HS256 beside others, a leeway that is too long.
  explicit TokenVerifier(TokenRules rules, std::chrono::milliseconds look_again_after = patience);
  ~TokenVerifier();
  TokenVerifier(const TokenVerifier&) = delete;
  TokenVerifier& operator=(const TokenVerifier&) = delete;

  /// The claims of a token that is signed with one of the keys and holds at `now`. Where there are no keys that can be used,
  /// everybody is refused (Refusal::Fault::server). Throws nothing but std::bad_alloc.
  std::variant<Claims, Refusal> verify(std::string_view token,
                                       std::chrono::system_clock::time_point now) const;

 private:
  class Keys;
  TokenRules rules_;
  std::unique_ptr<Keys> keys_;
};

}  // namespace stile::access
