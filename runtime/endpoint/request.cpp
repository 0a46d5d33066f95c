#include "stile/request.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "endpoint/cookies.hpp"
#include "endpoint/media_type.hpp"
#include "endpoint/urlencoded.hpp"
#include "manifest/text.hpp"
#include "stile/json.hpp"
#include "stile/problem.hpp"

namespace stile {
namespace {

// "X-Trace" is the CGI name "X_TRACE".
bool is_cgi_name_of(std::string_view cgi_name, std::string_view name) {
  const auto same = [](char cgi, char c) { return to_lower(cgi) == (c == '-' ? '_' : to_lower(c)); };
  return std::equal(cgi_name.begin(), cgi_name.end(), name.begin(), name.end(), same);
}

// CGI hands this one over apart from the others; whether it is among them too depends on the web server.
bool is_content_type(std::string_view name) { return is_cgi_name_of("CONTENT_TYPE", name); }

}  // namespace

Request::Request(RequestParts parts, LogSink& sink) : parts_(std::move(parts)), sink_(&sink) {
  const auto mark = std::min(parts_.uri.find('?'), parts_.uri.size());
  path_ = parts_.uri.substr(0, mark);
  query_string_ = parts_.uri.substr(std::min(mark + 1, parts_.uri.size()));
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const HeaderField& field : parts_.headers) {
    if (is_cgi_name_of(field.name, name)) return field.value;
  }
  if (is_content_type(name) && !parts_.content_type.empty()) return parts_.content_type;
  return std::nullopt;
}

std::vector<std::string_view> Request::header_values(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const HeaderField& field : parts_.headers) {
    if (is_cgi_name_of(field.name, name)) values.push_back(field.value);
  }
  if (values.empty() && is_content_type(name) && !parts_.content_type.empty())
    values.push_back(parts_.content_type);
  return values;
}

std::optional<std::string_view> Request::path_value(std::string_view name) const {
  for (const NamedValue& value : path_values_) {
    if (value.name == name) return value.value;
  }
  return std::nullopt;
}

const std::vector<NamedValue>& Request::query() const {
  if (!query_) query_ = parse_urlencoded(query_string_, "query string");
  return *query_;
}

const std::vector<NamedValue>& Request::cookies() const {
  if (!cookies_) {
    std::vector<NamedValue> cookies;
    for (const auto header : header_values("Cookie")) parse_cookies(header, cookies);
    cookies_ = std::move(cookies);
  }
  return *cookies_;
}

Json Request::json() const {
  const auto refuse = [](const std::string& detail) {
    throw Problem(415, detail).with_header("Accept", "application/json");
  };
  const bool has_type = !parts_.content_type.empty();
  if (has_type && !is_json(parts_.content_type)) refuse("send the body as application/json, in UTF-8");
  if (!has_type && !body().empty()) refuse("say what the body is: Content-Type: application/json");
  return parse_json(body());
}

}  // namespace stile
