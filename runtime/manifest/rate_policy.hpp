// How many requests a function takes from one address, as its manifest has it and as nginx counts. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace stile {

/// A bucket of `at_once()` requests, which gets `requests` again in each `per`.
struct RatePolicy {
  std::uint32_t requests = 0;  ///< 0: no limit
  std::chrono::milliseconds per{1000};
  std::uint32_t burst = 0;  ///< 0: as many as `requests`

  bool is_limit() const { return requests != 0; }
  std::uint32_t at_once() const { return burst == 0 ? requests : burst; }
  /// As limit_req_zone has it: "10r/s", "90r/m". Of a limit that has been checked.
  std::string nginx_rate() const;
  /// As the field RateLimit-Policy has it (draft-ietf-httpapi-ratelimit-headers, section 3): "\"caller\";q=90;w=60".
  std::string field(std::string_view name) const;
  /// After how long an empty bucket takes another request; at least a second, as Retry-After has it.
  std::chrono::seconds wait() const;
  /// Throws std::invalid_argument, "rate...", where numbers are out of range.
  void check_numbers() const;
  /// The same, and where nginx can't count so.
  void check() const;
  nlohmann::json to_json() const;
  /// Throws std::invalid_argument that names the member.
  static RatePolicy parse(const nlohmann::json& object);
  bool operator==(const RatePolicy&) const = default;
};

}  // namespace stile
