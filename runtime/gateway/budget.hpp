// Divides descriptors between clients, functions and files. Pure arithmetic; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "manifest/manifest.hpp"

namespace stile::gateway {

class Budget {
 public:
  /// `descriptors` is RLIMIT_NOFILE of one process (an nginx worker, the supervisor), any value; `workers`
  /// the number of nginx workers.
  Budget(std::uint64_t descriptors, std::size_t functions, std::size_t workers);

  std::uint64_t descriptors() const { return descriptors_; }  ///< to be allowed to an nginx worker
  std::uint64_t connections() const { return connections_; }  ///< of one, clients' and functions' together

  /// Connections to a function that one nginx worker keeps open while idle: its bound, where there is room
  /// for it.
  std::uint64_t kept(const ResolvedLimits& limits) const;
  /// Requests that nginx lets through to each instance at once: the bound, where there is room for it.
  std::uint64_t at_once(const ResolvedLimits& limits) const;

 private:
  std::uint64_t descriptors_;
  std::uint64_t connections_;
  std::uint64_t kept_places_;  ///< for each function
};

}  // namespace stile::gateway
