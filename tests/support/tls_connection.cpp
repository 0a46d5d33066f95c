#include "support/tls_connection.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>

namespace stile::test {

// TLS in memory: the bytes go over a RawConnection, whose deadlines hold.
struct TlsConnection::State {
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{::SSL_CTX_new(::TLS_client_method()),
                                                              ::SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&::SSL_free)> tls{nullptr, ::SSL_free};
  BIO* in = ::BIO_new(::BIO_s_mem());  // both belong to `tls`
  BIO* out = ::BIO_new(::BIO_s_mem());
};

namespace {

[[noreturn]] void fail(const char* what) {
  std::array<char, 256> reason{};
  ::ERR_error_string_n(::ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error(std::string(what) + ": " + reason.data());
}

}  // namespace

TlsConnection::TlsConnection(std::uint16_t port, const TlsOptions& options)
    : connection_(port), state_(std::make_unique<State>()) {
  auto* context = state_->context.get();
  if (options.highest_version != 0) {
    // What it is asked for is what the other side shall refuse, not we.
    ::SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, 0);
    SSL_CTX_set_max_proto_version(context, options.highest_version);
  }
  if (!options.ciphers.empty() && ::SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1)
    fail("ciphers");
  state_->tls.reset(::SSL_new(context));
  auto* tls = state_->tls.get();
  ::SSL_set_bio(tls, state_->in, state_->out);
  ::SSL_set_connect_state(tls);
  const auto& protocol = options.application_protocol;
  const std::string list = static_cast<char>(protocol.size()) + protocol;
  ::SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  for (int result = 0; (result = ::SSL_do_handshake(tls)) != 1;) {
    const auto error = ::SSL_get_error(tls, result);
    flush();
    if (error != SSL_ERROR_WANT_READ || !fill(patience)) fail("no TLS");
  }
  flush();
}

TlsConnection::~TlsConnection() = default;

std::string TlsConnection::application_protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(state_->tls.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsConnection::version() const { return ::SSL_get_version(state_->tls.get()); }

bool TlsConnection::flush() {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(state_->out, &bytes);
  const bool sent = connection_.send({bytes, static_cast<std::size_t>(size)});
  BIO_reset(state_->out);
  return sent;
}

bool TlsConnection::fill(std::chrono::milliseconds within) {
  const auto bytes = connection_.receive(within);
  return !bytes.empty() && ::BIO_write(state_->in, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsConnection::send(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (::SSL_write(state_->tls.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) return false;
  return flush();
}

std::string TlsConnection::receive(std::chrono::milliseconds within) {
  std::array<char, 65536> buffer;
  for (;;) {
    const int count = ::SSL_read(state_->tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) return {buffer.data(), static_cast<std::size_t>(count)};
    const auto error = ::SSL_get_error(state_->tls.get(), count);
    flush();
    if (error != SSL_ERROR_WANT_READ || !fill(within)) return {};
  }
}

std::string TlsConnection::receive_all(std::chrono::milliseconds within) {
  std::string all;
  for (auto more = receive(within); !more.empty(); more = receive(within)) all += more;
  return all;
}

}  // namespace stile::test
