// What of API keys needs OpenSSL, apart from what reads and writes their file.
#include <openssl/evp.h>

#include <stdexcept>

#include "access/key_file.hpp"

namespace stile::access {

KeyHash hash_of_key(std::string_view key) {
  KeyHash hash{};
  unsigned size = 0;
  if (::EVP_Digest(key.data(), key.size(), hash.data(), &size, ::EVP_sha256(), nullptr) != 1 ||
      size != hash.size())
    throw std::runtime_error("OpenSSL gives no SHA-256");
  return hash;
}

}  // namespace stile::access
