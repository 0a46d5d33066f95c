#include "manifest/cors_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "manifest/text.hpp"

namespace stile {
namespace {

constexpr std::array<std::string_view, 6> methods_of_pages{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::size_t longest_origin = 300;        // a name of 253 bytes, its scheme and port
constexpr std::size_t longest_header_list = 2000;  // nginx reads words of up to 4 KB

[[noreturn]] void refuse_origin(std::string_view text, std::string_view why) {
  throw std::invalid_argument(fmt::format("\"{}\" {}", text.substr(0, longest_origin), why));
}

bool is_lower_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

bool is_scheme(std::string_view text) {
  const auto may_stand = [](char c) { return is_lower_or_digit(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(), may_stand);
}

// Labels as browsers send them: ASCII, in lower case. An underscore is none of a host name's, and yet resolves.
bool is_host_name(std::string_view text) {
  constexpr std::size_t longest_label = 63;
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if ((!is_lower_or_digit(c) && c != '-' && c != '_') || ++label > longest_label) {
      return false;
    }
  }
  return label > 0;
}

bool is_bracketed_address(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  const auto inside = text.substr(1, text.size() - 2);
  const auto may_stand = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; };
  return inside.find(':') != std::string_view::npos && std::all_of(inside.begin(), inside.end(), may_stand);
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end && number >= 1 && number <= 65535 && text.front() != '0';
}

bool is_own_port(std::string_view scheme, std::string_view port) {
  return (scheme == "http" && port == "80") || (scheme == "https" && port == "443");
}

// The port is cut off the end of `rest`, what stands behind "://".
std::string_view cut_port(std::string_view text, std::string_view& rest) {
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos) return {};
  const auto port = rest.substr(colon + 1);
  rest = rest.substr(0, colon);
  if (port != "*" && !is_port(port))
    refuse_origin(text, "has a port that is none: write 1 .. 65535, or * for any");
  return port;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_lower_or_digit(c) && c != '-' && c != '_' && c != ':') result += '\\';
    result += c;
  }
  return result;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void check_header_names(const std::vector<std::string>& names, const char* member, bool credentials) {
  for (const auto& name : names) {
    if (name == "*" && credentials)
      throw std::invalid_argument(fmt::format(
          "cors.{}: \"*\" is a header's name where there are credentials: name the headers", member));
    if (!is_token(name) ||
        name.find('$') != std::string::npos)  // which begins a variable in nginx's configuration
      throw std::invalid_argument(fmt::format("cors.{}: \"{}\" is no name of a header", member, name));
  }
  if (comma_list(names).size() > longest_header_list)
    throw std::invalid_argument(
        fmt::format("cors.{}: all names together may have {} bytes", member, longest_header_list));
}

[[noreturn]] void refuse_cors_member(std::string_view name, std::string_view why) {
  throw std::invalid_argument(fmt::format("manifest: \"cors\": \"{}\" {}", name, why));
}

std::vector<std::string> words_of(const nlohmann::json& object, const char* name) {
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) refuse_cors_member(name, "must be an array");
  std::vector<std::string> words;
  for (const auto& word : *list) {
    if (!word.is_string()) refuse_cors_member(name, "must be an array of strings");
    words.push_back(word);
  }
  return words;
}

}  // namespace

OriginPattern OriginPattern::parse(std::string_view text) {
  constexpr std::string_view such_as = "write it as browsers do, \"https://app.example\"";
  if (text == "null")
    refuse_origin(text, "is what any sandboxed page has for an origin: whoever allows it allows everybody");
  if (text.size() > longest_origin) refuse_origin(text, "is longer than an origin can be");
  const auto separator = text.find("://");
  if (separator == std::string_view::npos || !is_scheme(text.substr(0, separator)))
    refuse_origin(text, fmt::format("has no scheme (in lower case): {}", such_as));
  OriginPattern pattern;
  pattern.scheme = text.substr(0, separator);
  auto rest = text.substr(separator + 3);
  if (rest.find_first_of("/?#") != std::string_view::npos)
    refuse_origin(text, fmt::format("has a path, which no origin has, not even a slash: {}", such_as));
  if (rest.find('@') != std::string_view::npos)
    refuse_origin(text, fmt::format("has a user, which no origin has: {}", such_as));
  const auto port = cut_port(text, rest);
  if (is_own_port(pattern.scheme, port))
    refuse_origin(text, "has the scheme's own port, which browsers leave out: leave it out too");
  pattern.any_port = port == "*";
  if (!pattern.any_port) pattern.port = port;
  pattern.any_subdomain = rest.starts_with("*.");
  if (pattern.any_subdomain) rest.remove_prefix(2);
  if (rest.find('*') != std::string_view::npos)
    refuse_origin(text,
                  "has a * where none may be: \"https://*.example.org\" is all names below example.org");
  if (!is_host_name(rest) && (pattern.any_subdomain || !is_bracketed_address(rest)))
    refuse_origin(text, fmt::format("has no host name (ASCII, in lower case): {}", such_as));
  if (pattern.any_subdomain && rest != "localhost" && rest.find('.') == std::string_view::npos)
    refuse_origin(text, "is everybody below a whole top-level domain: name a domain of yours below it");
  if (pattern.any_subdomain && is_digit(rest.back()))
    refuse_origin(text, "is an address with a *: below an address there are no names");
  pattern.host = rest;
  return pattern;
}

std::string OriginPattern::expression() const {
  std::string result = escaped(scheme) + "://";
  if (any_subdomain) result += R"((?:[a-z0-9_-]+\.)+)";
  result += escaped(host);
  if (any_port) {
    result += "(?::[0-9]{1,5})?";
  } else if (!port.empty()) {
    result += ":" + port;
  }
  return result;
}

void CorsPolicy::check() const {
  if (origins.empty())
    throw std::invalid_argument("cors.origins: is empty: name the pages that may call, or leave cors out");
  if (origins.size() > most_origins)
    throw std::invalid_argument(fmt::format(
        "cors.origins: may have {} entries: write a pattern, \"https://*.example.org\"", most_origins));
  if (has(origins, "*") && origins.size() > 1)
    throw std::invalid_argument("cors.origins: \"*\" is every page there is: leave the others out, or it");
  if (is_open() && credentials)
    throw std::invalid_argument(
        "cors.origins: \"*\" with credentials would let every page act as its reader: name the origins");
  if (!is_open()) {
    try {
      for (const auto& origin : origins) (void)OriginPattern::parse(origin);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("cors.origins: {}", error.what()));
    }
  }
  for (const auto& method : methods) {
    if (std::find(methods_of_pages.begin(), methods_of_pages.end(), method) == methods_of_pages.end())
      throw std::invalid_argument(
          fmt::format("cors.methods: \"{}\" is no method that a function has: write GET, HEAD, POST, PUT, "
                      "PATCH or DELETE",
                      method));
  }
  check_header_names(headers, "headers", credentials);
  check_header_names(expose, "expose", credentials);
  constexpr std::chrono::seconds longest{24 * 60 * 60};
  if (max_age.count() < 0 || max_age > longest)
    throw std::invalid_argument(
        fmt::format("cors.max_age (seconds) must be 0 .. {}, not {}", longest.count(), max_age.count()));
}

nlohmann::json CorsPolicy::to_json() const {
  return {{"origins", origins},         {"methods", methods},
          {"headers", headers},         {"expose", expose},
          {"credentials", credentials}, {"max_age_s", static_cast<std::uint64_t>(max_age.count())}};
}

CorsPolicy CorsPolicy::parse(const nlohmann::json& object) {
  if (!object.is_object()) throw std::invalid_argument("manifest: \"cors\" must be an object");
  static const std::set<std::string> known{"origins", "methods",     "headers",
                                           "expose",  "credentials", "max_age_s"};
  for (const auto& [name, value] : object.items()) {
    if (known.count(name) == 0) refuse_cors_member(name, "is unknown");
  }
  CorsPolicy policy;
  policy.origins = words_of(object, "origins");
  policy.methods = words_of(object, "methods");
  policy.headers = words_of(object, "headers");
  policy.expose = words_of(object, "expose");
  const auto credentials = object.find("credentials");
  if (credentials == object.end() || !credentials->is_boolean())
    refuse_cors_member("credentials", "must be true or false");
  policy.credentials = *credentials;
  const auto age = object.find("max_age_s");
  if (age == object.end() || !age->is_number_unsigned() || *age > std::uint32_t{1} << 30U)
    refuse_cors_member("max_age_s", "must be a whole number, not negative, and no larger than 86400");
  policy.max_age = std::chrono::seconds{age->get<std::uint32_t>()};
  policy.check();
  return policy;
}

}  // namespace stile
