// One way to prove who calls. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stile/access.hpp>

#include "manifest/access_policy.hpp"

namespace stile::detail {

/// What became of it.
struct Verdict {
  enum class Kind : std::uint8_t {
    absent,       ///< the request brings nothing of the kind
    refused,      ///< it does, and that proves nobody
    unavailable,  ///< nobody can be told from anybody at the moment
    known
  };
  Kind kind = Kind::absent;
  Caller caller{};       ///< where he is known
  std::string said{};    ///< for the client, fit for a quoted string (RFC 9110, section 5.6.4)
  std::string reason{};  ///< for the log alone
};

class Scheme {
 public:
  Scheme() = default;
  virtual ~Scheme();
  Scheme(const Scheme&) = delete;
  Scheme& operator=(const Scheme&) = delete;

  virtual const AccessScheme& description() const = 0;
  virtual bool is_same(const Scheme& other) const { return description() == other.description(); }
  virtual Verdict judge(const Request& request) const = 0;
};

}  // namespace stile::detail
