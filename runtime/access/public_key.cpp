#include "access/public_key.hpp"

#include <gnutls/abstract.h>
#include <rhonabwy.h>

#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "manifest/base64.hpp"

// Keys are shared by threads, which count references to their members.
#ifndef JANSSON_THREAD_SAFE_REFCOUNT
#error "jansson was built without atomic counts of references"
#endif

namespace stile::access {
namespace {

// Once, before anything else is asked of the library.
void begin() {
  static const int result = ::r_global_init();
  if (result != RHN_OK) throw std::runtime_error("librhonabwy can not be used");
}

std::shared_ptr<jwk_t> new_key() {
  begin();
  jwk_t* key = nullptr;
  if (::r_jwk_init(&key) != RHN_OK) throw std::bad_alloc();
  return {key, ::r_jwk_free};
}

jwa_alg number_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::RS256:
      return R_JWA_ALG_RS256;
    case Algorithm::ES256:
      return R_JWA_ALG_ES256;
    case Algorithm::EdDSA:
      return R_JWA_ALG_EDDSA;
    case Algorithm::HS256:  // no public key's; checked by token_keys.cpp
      break;
  }
  return R_JWA_ALG_UNKNOWN;
}

// A coordinate is 32 bytes (RFC 7518, section 6.2.1.2). librhonabwy drops the zeros that one of 128 keys has in front.
void restore_zeros(nlohmann::json& key, const char* name) {
  constexpr std::size_t size_of_coordinate = 32;
  const auto bytes = decode_base64(key.at(name).get<std::string>(), Base64::url);
  if (!bytes || bytes->size() >= size_of_coordinate) return;
  std::vector<std::byte> whole(size_of_coordinate - bytes->size());
  whole.insert(whole.end(), bytes->begin(), bytes->end());
  key[name] = encode_base64(whole, Base64::url);
}

}  // namespace

PublicKey::PublicKey(const nlohmann::json& members) : key_(new_key()) {
  if (::r_jwk_import_from_json_str(key_.get(), members.dump().c_str()) != RHN_OK ||
      ::r_jwk_is_valid(key_.get()) != RHN_OK)
    throw std::invalid_argument("is no key");
  // Now, and not at a request. A point that is not on its curve is told by the second one alone.
  const std::unique_ptr<gnutls_pubkey_st, void (*)(gnutls_pubkey_t)> usable(
      ::r_jwk_export_to_gnutls_pubkey(key_.get(), R_FLAG_IGNORE_REMOTE), ::gnutls_pubkey_deinit);
  if (!usable || ::gnutls_pubkey_verify_params(usable.get()) != GNUTLS_E_SUCCESS)
    throw std::invalid_argument("is no key that GnuTLS takes");
}

bool PublicKey::has_signed(std::string_view token, Algorithm algorithm) const {
  jws_t* made = nullptr;
  if (::r_jws_init(&made) != RHN_OK) throw std::bad_alloc();
  const std::unique_ptr<jws_t, void (*)(jws_t*)> jws(made, ::r_jws_free);
  return ::r_jws_advanced_compact_parsen(jws.get(), token.data(), token.size(), R_PARSE_NONE,
                                         R_FLAG_IGNORE_REMOTE) == RHN_OK &&
         ::r_jws_get_alg(jws.get()) == number_of(algorithm) &&
         ::r_jws_verify_signature(jws.get(), key_.get(), R_FLAG_IGNORE_REMOTE) == RHN_OK;
}

nlohmann::json read_pem(const std::string& text) {
  if (text.find("PRIVATE KEY-----") != std::string::npos)
    throw std::invalid_argument(
        "holds a private key: only who makes tokens is to have that; put the public one there");
  if (text.find("-----BEGIN PUBLIC KEY-----") == std::string::npos)
    throw std::invalid_argument("holds no public key (PEM, \"BEGIN PUBLIC KEY\")");
  const auto key = new_key();
  if (::r_jwk_import_from_pem_der(key.get(), R_X509_TYPE_PUBKEY, R_FORMAT_PEM,
                                  reinterpret_cast<const unsigned char*>(text.data()), text.size()) != RHN_OK)
    throw std::invalid_argument("holds a public key that can not be read");
  const std::unique_ptr<char, void (*)(void*)> printed(::r_jwk_export_to_json_str(key.get(), 0), ::r_free);
  if (!printed) throw std::bad_alloc();
  auto members = nlohmann::json::parse(printed.get());
  if (members.value("kty", "") == "EC") {
    for (const char* name : {"x", "y"}) restore_zeros(members, name);
  }
  return members;
}

}  // namespace stile::access
