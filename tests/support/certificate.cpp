#include "support/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace stile::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using Signed = std::unique_ptr<X509, decltype(&::X509_free)>;

void expect(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

void extend(X509* certificate, int name, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension(
      ::X509V3_EXT_conf_nid(nullptr, &context, name, value), ::X509_EXTENSION_free);
  expect(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

Signed self_signed(EVP_PKEY* key) {
  Signed certificate(::X509_new(), ::X509_free);
  X509* one = certificate.get();
  ::X509_set_version(one, 2);  // that is "3"
  ::ASN1_INTEGER_set(::X509_get_serialNumber(one), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(one), -3600);
  ::X509_gmtime_adj(::X509_getm_notAfter(one), 24L * 3600);
  X509_NAME* name = ::X509_get_subject_name(one);
  const auto* text = reinterpret_cast<const unsigned char*>("a test of Stile");
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  ::X509_set_issuer_name(one, name);
  ::X509_set_pubkey(one, key);
  extend(one, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  extend(one, NID_basic_constraints, "critical,CA:TRUE");
  expect(::X509_sign(one, key, ::EVP_sha256()) > 0, "signing");
  return certificate;
}

template <class Write>
void write_pem(const std::string& path, Write write) {
  const std::unique_ptr<std::FILE, decltype(&::fclose)> file(std::fopen(path.c_str(), "w"), ::fclose);
  expect(file && write(file.get()) == 1, path.c_str());
}

}  // namespace

Certificate::Certificate() {
  const Key key(::EVP_EC_gen("P-256"), ::EVP_PKEY_free);
  expect(key != nullptr, "its key");
  const auto certificate = self_signed(key.get());
  write_pem(file(), [&](std::FILE* out) { return ::PEM_write_X509(out, certificate.get()); });
  const auto write_key = [&](const std::string& path, const EVP_CIPHER* cipher) {
    std::string word = "passphrase";
    auto* bytes = reinterpret_cast<unsigned char*>(word.data());
    write_pem(path, [&](std::FILE* out) {
      return ::PEM_write_PrivateKey(out, key.get(), cipher, bytes, static_cast<int>(word.size()), nullptr,
                                    nullptr);
    });
    ::chmod(path.c_str(), 0600);
  };
  write_key(key_file(), nullptr);
  write_key(locked_key_file(), ::EVP_aes_256_cbc());
}

}  // namespace stile::test
