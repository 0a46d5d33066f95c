#include "stile/response.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "endpoint/cookies.hpp"
#include "endpoint/header_rules.hpp"
#include "manifest/text.hpp"
#include "stile/json.hpp"

namespace stile {
namespace {

void require_location(std::string_view location) {
  if (location.empty()) throw std::invalid_argument("the location of a response is empty");
}

}  // namespace

Response Response::json(const Json& value, int status) {
  return bytes(print_json(value), "application/json", status);
}

Response Response::text(std::string text, int status) {
  return bytes(std::move(text), "text/plain; charset=utf-8", status);
}

Response Response::bytes(std::string bytes, std::string_view content_type, int status) {
  Response response;
  response.status(status).header("Content-Type", content_type).body(std::move(bytes));
  return response;
}

Response Response::no_content() {
  Response response;
  response.status(204);
  return response;
}

Response Response::created(std::string_view location, const Json& value) {
  require_location(location);
  Response response = json(value, 201);
  response.header("Location", location);
  return response;
}

Response Response::redirect(std::string_view location, int status) {
  constexpr std::array redirects{301, 302, 303, 307, 308};
  require_location(location);
  if (std::find(redirects.begin(), redirects.end(), status) == redirects.end()) {
    throw std::invalid_argument(
        fmt::format("a redirect's status is 301, 302, 303, 307 or 308, not {}", status));
  }
  Response response;
  response.status(status).header("Location", location);
  return response;
}

Response& Response::status(int status) {
  if (status < 200 || status > 599) {
    throw std::invalid_argument(fmt::format("a response's status is 200 .. 599, not {}", status));
  }
  status_ = status;
  return *this;
}

Response& Response::header(std::string_view name, std::string_view value) {
  require_safe_header(name, value);
  std::erase_if(headers_, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
  headers_.emplace_back(name, value);
  return *this;
}

Response& Response::add_header(std::string_view name, std::string_view value) {
  require_safe_header(name, value);
  headers_.emplace_back(name, value);
  return *this;
}

Response& Response::cookie(const SetCookie& cookie) { return add_header("Set-Cookie", print_cookie(cookie)); }

std::optional<std::string_view> Response::header(std::string_view name) const {
  for (const auto& [other, value] : headers_) {
    if (equal_ignoring_case(other, name)) return value;
  }
  return std::nullopt;
}

}  // namespace stile
