// Who guesses: addresses whose requests were answered by 401, and how long they are refused unheard. Kept in the memory of one
// process; nothing of it outlives it. Addresses of private networks are never refused: as a rule they are a proxy's, which speaks
// for many, and nobody has told nginx to trust it. Any number of threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "endpoint/buckets.hpp"

namespace stile::worker {

class Refusals {
 public:
  using Clock = Buckets::Clock;

  /// An address may be answered by that many 401 at once, and by one more in each `apart`.
  static constexpr int at_once = 20;
  static constexpr std::chrono::seconds apart{6};

  /// For how long the address is refused before anything of its request is looked at; unset: it is not. Takes no lock where nobody
  /// has guessed.
  std::optional<std::chrono::seconds> wait(std::string_view address, Clock::time_point now) const;
  /// It was answered by a 401.
  void count(std::string_view address, Clock::time_point now);
  /// Addresses that are known.
  std::size_t size() const { return guesses_.size(); }

 private:
  Buckets guesses_{at_once, apart};
};

}  // namespace stile::worker
