// One TLS connection to 127.0.0.1, as bytes. Verifies no certificate (HttpClient does). One thread; blocks up to the
// given time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "support/network.hpp"

namespace stile::test {

struct TlsOptions {
  std::string application_protocol = "http/1.1";  ///< offered by ALPN
  int highest_version = 0;                        ///< TLS1_1_VERSION ...; 0: whatever there is
  std::string ciphers{};                          ///< offered up to TLS 1.2; empty: the library's own
};

class TlsConnection {
 public:
  /// Shakes hands. Throws std::runtime_error where the other side refuses.
  explicit TlsConnection(std::uint16_t port, const TlsOptions& options = {});
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  /// What was agreed on; empty where nothing was.
  std::string application_protocol() const;
  /// "TLSv1.3" and the like.
  std::string version() const;

  /// Sends all of it. False where the other side has closed.
  bool send(std::string_view bytes);
  /// What comes next, one byte or more; empty where the other side has closed. Throws where the time is up.
  std::string receive(std::chrono::milliseconds within = patience);
  /// What comes until the other side closes. Throws where the time is up.
  std::string receive_all(std::chrono::milliseconds within = patience);

 private:
  struct State;
  bool flush();
  bool fill(std::chrono::milliseconds within);

  RawConnection connection_;
  std::unique_ptr<State> state_;
};

}  // namespace stile::test
