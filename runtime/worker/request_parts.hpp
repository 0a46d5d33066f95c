// From CGI parameters (RFC 3875, as nginx sends them) to a request. Knows nothing of how they came. Any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stile/request.hpp>

namespace stile::worker {

inline constexpr std::size_t most_parameters = 256;
inline constexpr std::size_t most_parameter_bytes = 65'536;
inline constexpr std::size_t longest_request_id = 128;

struct Incoming {
  RequestParts parts;                             ///< views into the parameters; body is not read yet
  std::optional<std::uint64_t> content_length{};  ///< unset: the stream's end is the body's
  std::string own_id{};                           ///< what parts.id views where none came that could be used

  Incoming() = default;
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
};

/// Takes "NAME=value" strings up to a null pointer; they are borrowed. Where no request id came, or one that
/// could break a log line, a fresh one is made. Fills `incoming` as far as it gets, the id always; throws
/// Problem 431 for too many or too large ones, 400 for a missing method or URI and a CONTENT_LENGTH that is
/// no number.
void read_parameters(const char* const* parameters, Incoming& incoming);

/// A fresh id of 32 hexadecimal digits. Throws std::system_error.
std::string make_request_id();

/// "X-Trace" -> "X_TRACE", as CGI names a header.
std::string cgi_name(std::string_view header);

}  // namespace stile::worker
