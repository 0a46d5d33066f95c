// A request as a function sees it. Read-only but for the path values that dispatch fills in. One thread at
// a time.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stile/json_fwd.hpp>
#include <stile/log.hpp>

namespace stile {

/// A header as CGI names it (RFC 3875, section 4.1.18) without "HTTP_": "X_FORWARDED_FOR". Borrowed text.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// The connection that a request came over.
class ClientConnection {
 public:
  virtual bool is_gone() const = 0;

 protected:
  ~ClientConnection() = default;
};

/// What the server side hands over. The views must outlive the Request.
struct RequestParts {
  std::string_view method{};          ///< "GET"
  std::string_view uri{};             ///< REQUEST_URI: raw path and query, as the client sent it
  std::string_view content_type{};    ///< empty where there is none
  std::string_view id{};              ///< the request id
  std::string_view client_address{};  ///< empty where unknown
  std::string_view scheme = "http";
  std::string_view host{};
  std::vector<HeaderField> headers{};  ///< in the order in which they came, repeated ones too
  std::string body{};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// What nginx says where it is going to keep the answer: the time, to be handed back with it. Empty: it is not.
  std::string_view kept{};
  const ClientConnection* client = nullptr;  ///< none: as if it never left
};

/// A decoded name and value of a query string, a form or a Cookie header.
struct NamedValue {
  std::string name;
  std::string value;
};

class Request {
 public:
  /// `sink` must outlive the request.
  Request(RequestParts parts, LogSink& sink);

  std::string_view method() const { return parts_.method; }
  /// The path as the client sent it: not decoded, without the query.
  std::string_view path() const { return path_; }
  /// What follows the first "?", not decoded.
  std::string_view query_string() const { return query_string_; }
  std::string_view id() const { return parts_.id; }
  std::string_view client_address() const { return parts_.client_address; }
  std::string_view scheme() const { return parts_.scheme; }
  std::string_view host() const { return parts_.host; }
  std::string_view content_type() const { return parts_.content_type; }
  const std::string& body() const { return parts_.body; }

  /// The first header of that name in any case ("X-Trace"), or nothing.
  std::optional<std::string_view> header(std::string_view name) const;
  /// All values of that header, in order.
  std::vector<std::string_view> header_values(std::string_view name) const;
  std::span<const HeaderField> headers() const { return parts_.headers; }

  /// Decoded path value of {name}; empty optional where the route has none.
  std::optional<std::string_view> path_value(std::string_view name) const;
  /// All decoded pairs of the query string, in order (WHATWG URL, application/x-www-form-urlencoded). Throws
  /// Problem 400 for a broken escape or invalid UTF-8.
  const std::vector<NamedValue>& query() const;
  /// All cookies (RFC 6265, section 4.2), in order; what has no "=" is skipped.
  const std::vector<NamedValue>& cookies() const;

  /// The body as JSON. Throws Problem 415 unless the media type is application/json or ends in +json, 400 as
  /// parse_json() does.
  Json json() const;

  /// When nobody waits for the answer any longer: the function's timeout after the request's first bytes came.
  /// time_point::max() where there is no such time, as in tests and with --invoke.
  std::chrono::steady_clock::time_point deadline() const { return parts_.deadline; }
  /// Whoever asked has hung up: the web server, which does so where its client has. One system call each time.
  bool client_gone() const { return parts_.client != nullptr && parts_.client->is_gone(); }

  /// The id for an answer to tell: none where the answer is kept, for it is others' too.
  std::string_view told_id() const { return parts_.kept.empty() ? parts_.id : std::string_view(); }

  /// Writes lines that carry the function's name and this request's id.
  Log log() const { return {*sink_, parts_.id}; }

 private:
  friend class Dispatcher;
  RequestParts parts_;
  std::string_view path_;
  std::string_view query_string_;
  LogSink* sink_;
  std::vector<NamedValue> path_values_;
  mutable std::optional<std::vector<NamedValue>> query_;    // decoded when first asked for
  mutable std::optional<std::vector<NamedValue>> cookies_;  // likewise
};

}  // namespace stile
