// Why a caller was not let in: what he may know of it, and what the log may. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace stile::access {

struct Refusal {
  /// Whose fault it is: the caller's credential (401), or what we are to check it with is not in order (503). Nobody is let
  /// in either way.
  enum class Fault : std::uint8_t { caller, server };

  Fault fault = Fault::caller;
  std::string error = "invalid_token";  ///< for WWW-Authenticate (RFC 6750, section 3.1)
  /// For the caller, fit for a quoted string (no quotes, no backslash): says nothing that he does not know already, or that
  /// would help to guess.
  std::string description;
  std::string
      reason;  ///< for the log alone; holds no secret, no token; what is the caller's in it is printable and short
};

}  // namespace stile::access
