// The keys that tokens may be signed with, as a file has them, and which of them is a token's. Knows no claims. Any
// thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/public_key.hpp"
#include "access/token_text.hpp"

namespace stile::access {

class TokenKeys {
 public:
  struct Key {
    Algorithm algorithm{};                  ///< the only one that it is for: a key fits one
    std::optional<std::string> id{};        ///< `kid`
    std::string secret{};                   ///< of HS256
    std::optional<PublicKey> public_key{};  ///< of all others
  };

  /// Of a JSON Web Key Set: those that fit an algorithm of `algorithms`, may verify signatures, and are long enough. Throws
  /// std::invalid_argument where there is none, where two of those have the same `kid`, where one is a private key, or where
  /// it is no such set.
  static TokenKeys of_set(const std::string& text, const std::vector<Algorithm>& algorithms);

  /// Of a file with one key: a public one (PEM), or for HS256 a secret. Throws std::invalid_argument where it has another
  /// form or fits none of `algorithms`.
  static TokenKeys of_one(const std::string& text, const std::vector<Algorithm>& algorithms);

  /// Throws BadToken where the token names no key that there is, or none where there are several.
  const Key& choose(const TokenHeader& header) const;

 private:
  std::vector<Key> keys_;
  bool are_named_ = false;
};

/// Whether `token`, whose parts these are, is signed with that key.
bool is_signed_with(const TokenKeys::Key& key, std::string_view token, const TokenParts& parts);

}  // namespace stile::access
