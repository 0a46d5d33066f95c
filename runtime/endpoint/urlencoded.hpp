// Query strings and forms (application/x-www-form-urlencoded, WHATWG URL) as pairs. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "stile/request.hpp"

namespace stile {

/// The decoded pairs, in order; "+" is a blank, a name without "=" has an empty value. Throws Problem 400 for
/// a broken escape or for what is not UTF-8 once decoded, naming `where` ("query string", "form") and the
/// byte.
std::vector<NamedValue> parse_urlencoded(std::string_view text, std::string_view where);

}  // namespace stile
