// Times as HTTP writes them: IMF-fixdate (RFC 9110, section 5.6.7). Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

/// "Sun, 06 Nov 1994 08:49:37 GMT", of years 0 to 9999.
std::string print_http_date(std::chrono::sys_seconds time);

/// Nothing where `text` is anything else: the two obsolete forms too, for which nothing but their senders' age speaks.
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text);

}  // namespace stile
