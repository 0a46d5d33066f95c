// A public key, and whether a token is signed with it: what librhonabwy is for, and the only place that sees it. Knows neither
// files nor claims. Any thread; a key may be used by several at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/token_verifier.hpp"

struct json_t;

namespace stile::access {

class PublicKey {
 public:
  /// Of the members of a JSON Web Key that say which one it is, and no other ones. Throws std::invalid_argument where it is
  /// none.
  explicit PublicKey(const nlohmann::json& members);

  /// Whether the token, a JWS whose header names `algorithm`, is signed with it. No word of its header but `alg` is followed.
  bool has_signed(std::string_view token, Algorithm algorithm) const;

 private:
  std::shared_ptr<json_t> key_;
};

/// The members of the JSON Web Key that is the same key. Throws std::invalid_argument where the text holds no public key as PEM
/// has one ("BEGIN PUBLIC KEY").
nlohmann::json read_pem(const std::string& text);

}  // namespace stile::access
