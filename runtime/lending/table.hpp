// The table of words in shared memory that says who may read from a connection: one word for each connection
// of a slot. The supervisor makes it, one worker at a time maps it too. It knows nothing of descriptors.
//
// The one rule: a reader has first moved the word, by compare-and-swap, from idle to busy. So at any time at
// most one thread of one process reads from a connection, and the generation keeps a late mark from touching
// the next connection that has the same number. All words are lock-free atomics; any thread, any process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "posix/fd.hpp"

namespace stile::lending {

enum class State : std::uint8_t {
  idle = 0,      ///< nobody reads; whoever borrows it may claim it
  busy = 1,      ///< a handler thread of the borrower reads, runs or writes
  wanted = 2,    ///< busy, and epoll has reported more meanwhile: the holder looks again before it lets go
  released = 3,  ///< the borrower gave it back; it must not touch it any more
  poisoned = 4,  ///< the stream's position is lost, or the borrower's descriptor is closed: never handed on
};

/// A generation and a state in one lock-free word.
struct Word {
  std::uint64_t bits = 0;

  constexpr Word() = default;
  constexpr Word(std::uint64_t generation, State state)
      : bits(generation << 3 | static_cast<std::uint64_t>(state)) {}
  constexpr std::uint64_t generation() const { return bits >> 3; }
  constexpr State state() const { return static_cast<State>(bits & 7); }
  friend constexpr bool operator==(Word, Word) = default;
};

/// Number and generation: names one connection for one lending. The next lending has another generation, even
/// that of the same connection: a late thread of the last borrower could else claim what is the next one's.
/// Fits epoll_event.data.u64 by key().
struct ConnectionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  constexpr std::uint64_t key() const { return std::uint64_t{generation} << 32 | index; }
  static constexpr ConnectionId of_key(std::uint64_t key) {
    return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  }
  friend constexpr bool operator==(ConnectionId, ConnectionId) = default;
};

class Table {
 public:
  /// Makes a table of `size` words in a memfd sealed against resizing (a borrower cannot make its maker fault
  /// by shrinking it). Throws std::system_error.
  static Table create(std::uint32_t size);
  /// Maps a table that create() made. Throws std::system_error, or std::runtime_error where it is not one.
  static Table map(posix::Fd memory);

  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;
  ~Table();

  std::uint32_t size() const { return size_; }
  /// The memfd, to be handed to a worker; borrowed.
  int memory() const { return memory_.get(); }

  /// The word as it stands. What a worker wrote is not to be trusted: compare, never index with it.
  Word load(std::uint32_t index) const;
  /// Only for the owner of the number: the supervisor before it lends, a holder that is busy.
  void store(ConnectionId id, State state);
  /// idle -> busy. False where somebody else was first, or the generation is another.
  bool claim(ConnectionId id);
  /// Called by a thread that got an event but could not claim: busy -> wanted. False where the holder has let
  /// go meanwhile: then try claim() again.
  bool want(ConnectionId id);
  /// busy -> idle, by the holder after it has armed epoll again. False where the word was wanted: it is busy
  /// again and the caller goes on as the holder.
  bool set_idle(ConnectionId id);
  /// idle -> released, by the borrower's control thread. False where the connection is busy.
  bool release(ConnectionId id);

 private:
  Table(posix::Fd memory, void* words, std::uint32_t size);
  bool swap(ConnectionId id, State from, State to);
  std::atomic<std::uint64_t>& word(std::uint32_t index) const;

  posix::Fd memory_;
  std::atomic<std::uint64_t>* words_ = nullptr;
  std::uint32_t size_ = 0;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace stile::lending
