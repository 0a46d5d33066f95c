// One HTTP/2 connection as frames: requests that no HTTP library would send. Answers SETTINGS and PING by itself, and
// leaves the other side room for as long an answer as it likes. One thread; blocks up to the given time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "support/http_client.hpp"
#include "support/tls_connection.hpp"

namespace stile::test {

enum class FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  reset = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  go_away = 7,
  window_update = 8,
  continuation = 9
};

inline constexpr std::uint8_t end_stream = 0x1;
inline constexpr std::uint8_t end_headers = 0x4;

/// The bytes of a frame.
std::string http2_frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload);
/// Four bytes, as RST_STREAM and WINDOW_UPDATE take them.
std::string http2_number(std::uint32_t number);
/// Fields as they are named, in HPACK without its tables.
std::string http2_fields(const HttpHeaders& fields);
/// :method, :scheme, :path and :authority, with further fields behind them.
HttpHeaders http2_request(const std::string& method, const std::string& path,
                          const HttpHeaders& further = {});

/// What became of a stream.
struct Http2Answer {
  HttpResponse response;               ///< status 0: none
  bool is_whole = false;               ///< the response, to its end
  std::optional<std::uint32_t> reset;  ///< the code of RST_STREAM
};

class Http2Connection {
 public:
  /// TLS, the preface and SETTINGS. Throws std::runtime_error where the other side does not speak HTTP/2.
  explicit Http2Connection(std::uint16_t port);
  ~Http2Connection();
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  /// Bytes, of frames as a rule. False where the other side has closed.
  bool send(std::string_view bytes) { return tls_.send(bytes); }
  /// HEADERS on the next stream, whose number is returned.
  std::uint32_t request(const HttpHeaders& fields, std::uint8_t flags = end_headers | end_stream);

  /// Waits until the stream is answered to its end, or reset, or the connection closed. Throws where the time is up.
  Http2Answer answer(std::uint32_t stream, std::chrono::milliseconds within = patience);
  /// Waits until the other side closes the connection; the code of its GOAWAY. Throws where the time is up.
  std::optional<std::uint32_t> wait_for_close(std::chrono::milliseconds within = patience);
  /// Waits for the answer to a PING: all that was sent before has been read. False where the connection closes.
  bool ping(std::chrono::milliseconds within = patience);

 private:
  struct Inflater;
  bool receive_frame(std::chrono::steady_clock::time_point deadline);
  void take(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload);
  void take_fields(std::uint32_t stream, std::string_view block);

  TlsConnection tls_;
  std::unique_ptr<Inflater> inflater_;
  std::string received_;
  std::map<std::uint32_t, Http2Answer> answers_;
  std::optional<std::uint32_t> go_away_;
  std::uint32_t next_stream_ = 1;
  bool is_closed_ = false;
  int pongs_ = 0;
};

}  // namespace stile::test
