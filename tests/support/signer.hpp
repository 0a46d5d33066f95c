// Whoever makes tokens, in tests: pairs of keys and signatures of OpenSSL's, so that what checks them is held to another
// implementation than its own. One thread.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "manifest/base64.hpp"

namespace stile::test {

using Json = nlohmann::json;

inline std::string base64url(std::string_view text) {
  return encode_base64(std::as_bytes(std::span(text)), Base64::url);
}

inline std::string hmac_sha256(const std::string& secret, const std::string& text) {
  std::string tag(32, '\0');
  unsigned size = 32;
  ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(tag.data()), &size);
  return tag;
}

/// A token with this header and payload, as they are, and the signature that `sign` makes of them.
template <class Sign>
std::string token_of(const std::string& header, const std::string& payload, const Sign& sign) {
  const auto text = base64url(header) + "." + base64url(payload);
  return text + "." + base64url(sign(text));
}

inline std::string hs256(const std::string& secret, const std::string& header, const std::string& payload) {
  return token_of(header, payload, [&](const std::string& text) { return hmac_sha256(secret, text); });
}

class Signer {
 public:
  static Signer rsa(unsigned bits = 2048) { return Signer(EVP_RSA_gen(bits)); }
  static Signer p256() { return Signer(EVP_EC_gen("P-256")); }
  static Signer p384() { return Signer(EVP_EC_gen("P-384")); }
  static Signer ed25519() { return Signer(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  std::string token(const std::string& header, const std::string& payload) const {
    return token_of(header, payload, [&](const std::string& text) { return sign(text); });
  }
  std::string token(const Json& header, const Json& payload) const {
    return token(header.dump(), payload.dump());
  }

  std::string public_pem() const {
    return pem([&](BIO* bio) { return ::PEM_write_bio_PUBKEY(bio, key_.get()); });
  }
  std::string private_pem() const {
    return pem([&](BIO* bio) {
      return ::PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  /// The public one, as a JSON Web Key with these further members.
  Json jwk(const Json& further) const {
    Json key = further;
    if (::EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
      key.update(
          {{"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N)}, {"e", number(OSSL_PKEY_PARAM_RSA_E)}});
    } else if (::EVP_PKEY_is_a(key_.get(), "EC") == 1) {
      unsigned char* point = nullptr;
      const auto size = ::EVP_PKEY_get1_encoded_public_key(key_.get(), &point);
      const std::string text(reinterpret_cast<char*>(point), size);
      ::OPENSSL_free(point);
      const auto half = (size - 1) / 2;
      key.update({{"kty", "EC"},
                  {"crv", half == 32 ? "P-256" : "P-384"},
                  {"x", base64url(text.substr(1, half))},
                  {"y", base64url(text.substr(1 + half))}});
    } else {
      std::string raw(32, '\0');
      std::size_t size = raw.size();
      ::EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
      key.update({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(raw)}});
    }
    return key;
  }

 private:
  explicit Signer(EVP_PKEY* key) : key_(key, ::EVP_PKEY_free) {
    if (key == nullptr) throw std::runtime_error("OpenSSL makes no key");
  }

  template <class Write>
  static std::string pem(const Write& write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(::BIO_new(::BIO_s_mem()), ::BIO_free);
    if (write(bio.get()) != 1) throw std::runtime_error("OpenSSL writes no PEM");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  std::string number(const char* name) const {
    BIGNUM* found = nullptr;
    ::EVP_PKEY_get_bn_param(key_.get(), name, &found);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(found)), '\0');
    ::BN_bn2bin(found, reinterpret_cast<unsigned char*>(bytes.data()));
    ::BN_free(found);
    return base64url(bytes);
  }

  std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
    const bool is_edwards = ::EVP_PKEY_is_a(key_.get(), "ED25519") == 1;
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    if (::EVP_DigestSignInit(context.get(), nullptr, is_edwards ? nullptr : ::EVP_sha256(), nullptr,
                             key_.get()) != 1 ||
        ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
      throw std::runtime_error("OpenSSL signs nothing");
    signature.resize(size);
    return ::EVP_PKEY_is_a(key_.get(), "EC") == 1 ? two_numbers(signature) : signature;
  }

  // JWA has the two numbers side by side (RFC 7518, section 3.4), OpenSSL as ASN.1.
  static std::string two_numbers(const std::string& asn1) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(asn1.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
        ::d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(asn1.size())), ::ECDSA_SIG_free);
    const int half = asn1.size() > 80 ? 48 : 32;
    std::string raw(2 * static_cast<std::size_t>(half), '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    ::BN_bn2binpad(::ECDSA_SIG_get0_r(pair.get()), out, half);
    ::BN_bn2binpad(::ECDSA_SIG_get0_s(pair.get()), out + half, half);
    return raw;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace stile::test
