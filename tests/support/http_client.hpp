// HTTP as an ordinary client speaks it, on libcurl. Sends a path as it is given, follows no redirect, adds no
// header that changes what is tested. One thread for each client; blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/eventually.hpp"

namespace stile::test {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  ///< in their order, repeated ones too
  std::string body;

  /// The first value of a header, its name in any case; empty where there is none.
  std::string header(std::string_view name) const;
  std::vector<std::string> header_values(std::string_view name) const;
  bool has_header(std::string_view name) const { return !header_values(name).empty(); }
};

/// Reads one response from its bytes (the body is all that follows the headers, chunks undone). Throws
/// std::runtime_error where they are no HTTP/1 response.
HttpResponse parse_response(std::string_view bytes);

enum class HttpVersion : std::uint8_t { one, two };

struct HttpClientOptions {
  std::chrono::milliseconds timeout = patience;
  std::string authority{};                 ///< PEM file of the certificate that https is verified by
  HttpVersion version = HttpVersion::one;  ///< two: over https alone; an answer in another one is an error
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// One request and its whole answer, over the connection of the previous one where that still stands. An
  /// absent body is none at all; an empty one is "Content-Length: 0". Give "Transfer-Encoding: chunked" among
  /// the headers for a chunked body. Throws std::runtime_error where no answer comes.
  HttpResponse request(const std::string& method, const std::string& url, const HttpHeaders& headers = {},
                       const std::optional<std::string>& body = std::nullopt);
  HttpResponse get(const std::string& url, const HttpHeaders& headers = {}) {
    return request("GET", url, headers);
  }
  HttpResponse post(const std::string& url, const std::string& body,
                    const std::string& content_type = "application/json") {
    return request("POST", url, {{"Content-Type", content_type}}, body);
  }

  /// Connections that this client has opened so far.
  long connections() const { return connections_; }

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  long connections_ = 0;
};

}  // namespace stile::test
