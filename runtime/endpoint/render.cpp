#include <algorithm>
#include <array>
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

// What a browser shows as a page of its own, whose scripts it may run.
bool is_page(std::string_view content_type) {
  constexpr std::array types{"text/html"sv, "application/xhtml+xml"sv, "image/svg+xml"sv,
                             "text/xml"sv,  "application/xml"sv,       "application/pdf"sv};
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  return std::any_of(types.begin(), types.end(),
                     [&](std::string_view known) { return equal_ignoring_case(known, type); });
}

// Which headers for browsers a function has said by itself, and what its answer is.
struct Said {
  std::string_view type{};
  bool has_type = false;
  bool sniffing = false;
  bool referrer = false;
  bool frames = false;

  void note(std::string_view name, std::string_view value) {
    switch (name.size()) {  // most names are none of these
      case "Content-Type"sv.size():
        if (equal_ignoring_case(name, "Content-Type")) type = value, has_type = true;
        break;
      case "Referrer-Policy"sv.size():
        if (equal_ignoring_case(name, "Referrer-Policy")) referrer = true;
        // The newer header would win over this one.
        if (equal_ignoring_case(name, "X-Frame-Options")) frames = true;
        break;
      case "X-Content-Type-Options"sv.size():
        if (equal_ignoring_case(name, "X-Content-Type-Options")) sniffing = true;
        break;
      case "Content-Security-Policy"sv.size():
        if (equal_ignoring_case(name, "Content-Security-Policy")) frames = true;
        break;
      default:
        break;
    }
  }
};

// Browsers take a body for what its type says, and show a page in no frame of another site.
void append_browser_headers(std::string& text, const Said& said) {
  if (!said.sniffing) text.append("X-Content-Type-Options: nosniff\r\n"sv);
  if (said.type == "application/json"sv || !is_page(said.type)) return;
  if (!said.referrer) text.append("Referrer-Policy: strict-origin-when-cross-origin\r\n"sv);
  if (!said.frames) text.append("Content-Security-Policy: frame-ancestors 'self'\r\n"sv);
}

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
  Said said;
  for (const auto& [name, value] : response.headers()) {
    // Response has refused these already. Here is where they would leave the process, so they are asked once
    // more.
    if (!is_safe_header(name, value)) continue;
    said.note(name, value);
    text.append(name).append(": "sv).append(value).append("\r\n"sv);
  }
  if (has_body) {
    if (!said.has_type && !response.body().empty())
      text.append("Content-Type: application/octet-stream\r\n"sv);
    if (!response.body().empty()) append_browser_headers(text, said);
    text.append("Content-Length: "sv).append(std::to_string(response.body().size())).append("\r\n"sv);
  }
  text.append("\r\n"sv);
  if (text.size() > max_header_bytes) return {};
  if (writes_body) text.append(response.body());
  return text;
}

}  // namespace stile
