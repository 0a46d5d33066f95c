// The Cookie header as pairs, and a cookie to be set as the value of Set-Cookie (RFC 6265). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stile/request.hpp"
#include "stile/response.hpp"

namespace stile {

/// Appends the pairs of one Cookie header, in order, values as they came. What has no "=" or no name is
/// skipped: other software's cookies must not make a request fail.
void parse_cookies(std::string_view header, std::vector<NamedValue>& cookies);

/// Throws std::invalid_argument that says which part of the cookie the grammar or the browsers' rules do not
/// allow.
std::string print_cookie(const SetCookie& cookie);

}  // namespace stile
