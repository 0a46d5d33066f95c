// Which pages of other origins may call a function, as its manifest has it: what nginx's configuration is made of. Pure;
// any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

/// What an author writes as an origin, taken apart. "https://*.example.org:8443" has the host "example.org", any name below it.
struct OriginPattern {
  std::string scheme;          ///< "https", in lower case
  std::string host;            ///< as it stands in an origin: a name, an IPv4 address or "[::1]"
  std::string port{};          ///< empty: the scheme's own, which an origin leaves out
  bool any_subdomain = false;  ///< names below the host, not the host itself
  bool any_port = false;       ///< also none

  /// Throws std::invalid_argument that quotes what can't be an origin and says what to write instead.
  static OriginPattern parse(std::string_view text);
  /// A regular expression (PCRE, without anchors) of all origins (RFC 6454, section 6.2) that it means.
  std::string expression() const;
};

struct CorsPolicy {
  static constexpr std::size_t most_origins = 100;  ///< each is a comparison of nginx's

  std::vector<std::string> origins;  ///< OriginPattern, or "*" alone
  std::vector<std::string> methods;  ///< that are let through: some of the function's own
  std::vector<std::string> headers;  ///< that a page may send
  std::vector<std::string> expose;   ///< that its script may read
  bool credentials = false;
  std::chrono::seconds max_age{600};

  bool is_open() const { return origins.size() == 1 && origins.front() == "*"; }
  /// Throws std::invalid_argument, "cors.MEMBER: ...", where it can't be or contradicts itself.
  void check() const;
  nlohmann::json to_json() const;
  /// Throws std::invalid_argument that names the member.
  static CorsPolicy parse(const nlohmann::json& object);
  bool operator==(const CorsPolicy&) const = default;
};

}  // namespace stile
