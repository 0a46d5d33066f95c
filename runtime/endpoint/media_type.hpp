// What a Content-Type says of a body, as far as Stile has to know. Pure; any thread.
#pragma once

#include <string_view>

namespace stile {

/// application/json or anything/that-ends-in+json, in any case, whatever the parameters - but a charset other
/// than UTF-8 (RFC 8259, section 8.1).
bool is_json(std::string_view content_type);

}  // namespace stile
