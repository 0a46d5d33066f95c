// The name of a JSON value, for headers that only pass one on: json.hpp costs a compile more than a second.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace stile {

using Json = nlohmann::json;

}  // namespace stile
