// Times and sizes as people write them: "500ms", "2MB". Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace stile::cli {

/// A whole number and one of ms, s, m, h: "500ms", "5s". Throws std::invalid_argument with a sentence that
/// shows how it is written; without a unit too, since 5 could be either.
std::chrono::milliseconds parse_duration(std::string_view text);

/// How long something holds that may hold for years: as parse_duration(), or in days ("90d"); 1s .. 36500d. Throws
/// std::invalid_argument.
std::chrono::seconds parse_lifetime(std::string_view text);

/// A whole number of bytes, or one with kB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024). Throws
/// std::invalid_argument.
std::uint64_t parse_size(std::string_view text);

}  // namespace stile::cli
