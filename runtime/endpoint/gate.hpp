// Lets in those who may call a function: the one place where that is decided, in the process that runs it. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <stile/access.hpp>

#include "manifest/access_policy.hpp"

namespace stile::detail {

class Gate {
 public:
  /// Unset: as everyone().
  explicit Gate(std::optional<Access> access)
      : access_(std::move(access)), policy_(access_ ? policy_of(*access_) : AccessPolicy{}) {}

  bool is_guarded() const { return access_ && !access_->schemes_.empty(); }
  /// Who calls; nothing where everyone may. Throws Problem: 401 with WWW-Authenticate (RFC 9110, section 11.6.1), 403 that
  /// names what is missing, 503 where nobody can be told from anybody.
  std::optional<Caller> admit(const Request& request) const;

  static AccessPolicy policy_of(const Access& access);
  /// `nearer` with all that `farther`, which the file `farther_file` says, asks for. Throws std::invalid_argument where
  /// `nearer` lets in whom `farther` would not, and does not say despite_folder().
  static Access tightened(Access nearer, const Access& farther, std::string_view farther_file);

 private:
  Caller identify(const Request& request) const;

  std::optional<Access> access_;
  AccessPolicy policy_;  // of `access_`: not made for each request
};

/// Who calls in a test (testing.hpp) or where a kept request is run again, whatever it brings; nullptr elsewhere.
extern const Caller* assumed_caller;

}  // namespace stile::detail
