#include "endpoint/cookies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "manifest/text.hpp"

namespace stile {
namespace {

// cookie-octet: printable ASCII but for the blank and " , ; and the backslash.
bool is_cookie_octet(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("\",;\\").find(c) == std::string_view::npos;
}

// What an attribute's value is made of: printable ASCII without the ";" that ends it.
bool is_attribute_character(char c) { return c >= 0x20 && c < 0x7f && c != ';'; }

bool is_domain_character(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; }

void require(bool condition, const SetCookie& cookie, std::string_view rule) {
  // The name is shown only where it was found to be a token.
  if (!condition)
    throw std::invalid_argument(fmt::format("the cookie '{}' cannot be set: {}", cookie.name, rule));
}

void check(const SetCookie& cookie) {
  if (!is_token(cookie.name)) throw std::invalid_argument("the name of a cookie is empty or not a token");
  const auto all = [](const std::string& text, auto allowed) {
    return std::all_of(text.begin(), text.end(), allowed);
  };
  require(
      all(cookie.value, is_cookie_octet), cookie,
      "its value may hold printable ASCII but no blank, quote, comma, semicolon or backslash (encode it)");
  require(cookie.path.empty() || (cookie.path.front() == '/' && all(cookie.path, is_attribute_character)),
          cookie, "its path must begin with '/' and be printable ASCII without ';'");
  require(all(cookie.domain, is_domain_character), cookie,
          "its domain may hold letters, digits, '.' and '-' only");
  require(!cookie.max_age || cookie.max_age->count() >= 0, cookie, "its max_age is negative (0 deletes it)");
  require(cookie.same_site != SameSite::none || cookie.secure, cookie, "SameSite=None needs secure");
}

}  // namespace

void parse_cookies(std::string_view header, std::vector<NamedValue>& cookies) {
  for (std::size_t begin = 0; begin < header.size();) {
    const auto end = std::min(header.find(';', begin), header.size());
    const auto pair = header.substr(begin, end - begin);
    begin = end + 1;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = trim(pair.substr(0, equals));
    if (name.empty()) continue;
    cookies.push_back({std::string(name), std::string(trim(pair.substr(equals + 1)))});
  }
}

std::string print_cookie(const SetCookie& cookie) {
  constexpr std::array<std::string_view, 3> same_site_names{"Lax", "Strict", "None"};
  check(cookie);
  std::string text = cookie.name + "=" + cookie.value;
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
  if (cookie.max_age) text += fmt::format("; Max-Age={}", cookie.max_age->count());
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  text += "; SameSite=";
  text += same_site_names.at(static_cast<std::size_t>(cookie.same_site));
  return text;
}

}  // namespace stile
