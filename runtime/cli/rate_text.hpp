// A rate and the addresses of proxies, as people write them in stile.json, in the environment and as flags. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/rate_policy.hpp"

namespace stile::cli {

/// "10/s", "100/1m", "10/s burst 20"; "none" is no limit. Throws std::invalid_argument that says what may stand there.
RatePolicy parse_rate(std::string_view text);

/// "10.0.0.0/8, 192.168.1.7, fd00::/8": IPv4 or IPv6 addresses, or networks. Throws std::invalid_argument that quotes the one
/// that is none, or is everybody.
std::vector<std::string> parse_networks(std::string_view text);

}  // namespace stile::cli
