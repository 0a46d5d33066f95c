// Percent-encoding and -decoding (RFC 3986, section 2.1), once and strictly. Knows neither paths nor queries. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace stile {

enum class Plus { literal, space };  ///< what "+" stands for: itself in a path, a blank in a query or a form

/// Appends the decoded `text` to `out`. Returns npos, or where the first "%" stands that two hexadecimal
/// digits do not follow; what was appended until then is then of no use.
std::string_view::size_type percent_decode(std::string_view text, Plus plus, std::string& out);

/// ASCII letters, digits and what is in `kept` as they are, all else escaped.
std::string percent_encode(std::string_view text, std::string_view kept);

}  // namespace stile
