// An answer with full control over it. A value type; one thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/json_fwd.hpp>

namespace stile {

enum class SameSite { lax, strict, none };

/// A cookie to be set (RFC 6265, section 4.1). Safe unless said otherwise.
struct SetCookie {
  std::string name;
  std::string value;
  std::string path = "/";
  std::string domain{};                           ///< empty: this host alone
  std::optional<std::chrono::seconds> max_age{};  ///< unset: until the browser closes; 0: delete it
  bool http_only = true;
  bool secure = true;
  SameSite same_site = SameSite::lax;
};

class Response {
 public:
  /// 200 without a body.
  Response() = default;

  static Response json(const Json& value, int status = 200);
  static Response text(std::string text, int status = 200);  ///< text/plain; charset=utf-8
  static Response bytes(std::string bytes, std::string_view content_type, int status = 200);
  static Response no_content();                                           ///< 204
  static Response created(std::string_view location, const Json& value);  ///< 201 with Location
  static Response redirect(std::string_view location, int status = 302);  ///< 301, 302, 303, 307 or 308

  /// Each of these returns *this. A name that is no token (RFC 9110, section 5.6.2), a value with a control
  /// character (CR, LF, NUL) or a status outside 200 .. 599 throws std::invalid_argument: a bug of the
  /// function, answered with 500, and nothing of it leaves the process. Content-Length, Transfer-Encoding,
  /// Connection and Status are the server's: setting them throws too.
  Response& status(int status);
  Response& header(std::string_view name, std::string_view value);      ///< replaces
  Response& add_header(std::string_view name, std::string_view value);  ///< adds
  Response& cookie(const SetCookie& cookie);
  Response& body(std::string body) {
    body_ = std::move(body);
    return *this;
  }

  int status() const { return status_; }
  const std::string& body() const { return body_; }
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
  /// The first value of a header, any case.
  std::optional<std::string_view> header(std::string_view name) const;

 private:
  int status_ = 200;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
};

}  // namespace stile
