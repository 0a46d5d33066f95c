// A descriptor that closes itself. Knows nothing of what it refers to. No shared state: one owner, any
// thread.
#pragma once

#include <utility>

namespace stile::posix {

class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.number_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  /// Gives the descriptor up without closing it.
  int release() noexcept { return std::exchange(number_, -1); }
  /// Closes what it holds (errors of close(2) are not reported: the number is gone either way) and takes
  /// `number`.
  void reset(int number = -1) noexcept;

 private:
  int number_ = -1;
};

/// Makes the table of descriptors large, with the help of an open one. Where the kernel enlarges that of a process that has
/// threads, it waits for all processors, which takes some 10 ms, in the middle of an accept(): so before there are any.
void make_room_for_descriptors(const Fd& any) noexcept;

}  // namespace stile::posix
