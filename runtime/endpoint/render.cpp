#include <string>
#include <string_view>

#include "endpoint/dispatcher.hpp"
#include "endpoint/header_rules.hpp"
#include "manifest/text.hpp"

namespace stile {

using namespace std::
    string_view_literals;  // whose sizes are known, whatever a compiler takes for worth inlining

namespace {

constexpr std::size_t typical_header_bytes = 256;  // one allocation for most answers

// A redirect to a cached copy and an empty answer have no body, not even an empty one (RFC 9110,
// section 6.4.1).
bool may_have_body(int status) { return status != 204 && status != 304; }

}  // namespace

std::string render(const Response& response, BodyPart body) {
  const bool has_body = may_have_body(response.status());
  const bool writes_body = has_body && body == BodyPart::included;
  std::string text;
  text.reserve(typical_header_bytes + (writes_body ? response.body().size() : 0));
  // With its phrase: nginx passes the line on as it is, and "HTTP/1.1 200" alone lacks a space (RFC 9112,
  // section 4).
  if (response.status() == 200) {
    text.append("Status: 200 OK\r\n"sv);
  } else {
    text.append("Status: "sv).append(std::to_string(response.status())).append(" "sv);
    text.append(reason_phrase(response.status())).append("\r\n"sv);
  }
  bool has_type = false;
  for (const auto& [name, value] : response.headers()) {
    // Response has refused these already. Here is where they would leave the process, so they are asked once
    // more.
    if (!is_safe_header(name, value)) continue;
    has_type = has_type || equal_ignoring_case(name, "Content-Type");
    text.append(name).append(": "sv).append(value).append("\r\n"sv);
  }
  if (has_body) {
    if (!has_type && !response.body().empty()) text.append("Content-Type: application/octet-stream\r\n"sv);
    text.append("Content-Length: "sv).append(std::to_string(response.body().size())).append("\r\n"sv);
  }
  text.append("\r\n"sv);
  if (text.size() > max_header_bytes) return {};
  if (writes_body) text.append(response.body());
  return text;
}

}  // namespace stile
