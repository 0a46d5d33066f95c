// JSON values, and the two ways between them and text. Pure; any thread. Parsing and printing are compiled
// once, in the library, not in each function.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <stile/json_fwd.hpp>

namespace stile {

/// Reads exactly one JSON value (RFC 8259). Throws Problem 400, saying where and why: for anything after the
/// value (a NUL too), more than 64 levels, invalid UTF-8, an integer that fits neither int64 nor uint64, a
/// number beyond double.
Json parse_json(std::string_view text);

/// Compact text. Invalid UTF-8 in a string becomes U+FFFD, NaN and infinities null: printing never fails for
/// them.
std::string print_json(const Json& value);

}  // namespace stile
