// JSON that people write by hand or that comes from outside, read strictly: what another parser would let pass in silence is an error
// here. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace stile {

/// Exactly one JSON value. Throws std::invalid_argument that says where and why: for anything after the value
/// (a NUL too), a name that stands twice in one object, more than 16 levels, invalid UTF-8, and for whatever
/// is not JSON.
nlohmann::json parse_strict(std::string_view text);

}  // namespace stile
