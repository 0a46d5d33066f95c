#include "endpoint/header_rules.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "manifest/text.hpp"

namespace stile {

bool is_server_header(std::string_view name) {
  constexpr std::array<std::string_view, 4> names{"Content-Length", "Transfer-Encoding", "Connection",
                                                  "Status"};
  return std::any_of(names.begin(), names.end(),
                     [&](auto other) { return equal_ignoring_case(name, other); });
}

bool is_safe_header(std::string_view name, std::string_view value) {
  return is_token(name) && is_field_value(value) && !is_server_header(name);
}

void require_safe_header(std::string_view name, std::string_view value) {
  if (is_safe_header(name, value)) return;
  if (!is_token(name)) throw std::invalid_argument("the name of a response header is empty or not a token");
  if (is_server_header(name))
    throw std::invalid_argument(fmt::format("the header {} is the server's to set", name));
  throw std::invalid_argument(
      fmt::format("the value of the response header {} holds a control character", name));
}

}  // namespace stile
