// What supervisor and worker say to each other over their control socket: one SOCK_SEQPACKET packet a
// message, a descriptor beside it (SCM_RIGHTS) where a connection is lent. Fixed size, so a packet of another
// size is a fault of the sender. Knows nothing of slots or threads; the functions are safe from any thread,
// packets never mix.
//
//   supervisor -> worker
//     lend(id, descriptor)   serve this connection until you return it; its word is idle, its generation new
//     drain                  return what is idle now, the rest as it is answered; then exit 0
//     finish                 the same, but nobody follows: what has come in on an idle one is answered first, and all
//                            are ended
//     ping                   say pong: whether you still hear
//   worker -> supervisor
//     ready                  the function is up: lend to me
//     returned(id, fate)     I have no descriptor of it any more; its word says released or poisoned
//     leaving                drain or finish was heard: no request that begins from now on is mine
//     replace(reason)        I have served enough: start another one in my place
//     pong
//     given                  after the supervisor's end, to the next one: a connection that nobody else has now
//   end of stream            the other one is gone; a worker without a supervisor accepts by itself
//
// A worker that a supervisor starts has: descriptor 0 the listening socket, 3 the control socket, 4 the
// table's memfd, 5 the file of its counters (or anything), 1 and 2 the pipe for its log. Its arguments: --supervised, --prefix, --route, and the
// function's limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lending/table.hpp"
#include "posix/fd.hpp"

namespace stile::lending {

inline constexpr int listening_descriptor = 0;
inline constexpr int control_descriptor = 3;
inline constexpr int table_descriptor = 4;

enum class Kind : std::uint32_t {
  lend = 1,
  drain = 2,
  ready = 3,
  returned = 4,
  finish = 5,
  replace = 6,
  leaving = 7,
  pong = 8,
  ping = 9,
  given = 10,
  last = given
};

/// Why a worker wants to be replaced: the message's connection.index.
enum class Reason : std::uint32_t { requests = 1, memory = 2 };

/// What became of a connection that a worker returns.
enum class Fate : std::uint32_t {
  kept = 0,   ///< open and at a record boundary: goes to the next worker
  ended = 1,  ///< to be shut down: the peer has hung up, did not want it kept, or broke the protocol
};

struct Message {
  Kind kind = Kind::ready;
  ConnectionId connection;
  Fate fate = Fate::kept;
};

enum class Sent : std::uint8_t { done, would_block, gone };

/// Sends without blocking. `descriptor` (or -1) is duplicated into the packet, not consumed. Throws
/// std::system_error for anything but a full queue or a peer that is gone.
Sent send(int socket, const Message& message, int descriptor = -1);

struct Received {
  Message message;
  posix::Fd descriptor;  ///< close-on-exec; empty where none came
};

enum class Nothing : std::uint8_t { would_block, gone, malformed };

/// Receives one packet; blocks only where the socket does. A packet of another size or kind, or with more
/// descriptors than its kind may carry, is `malformed` (they are closed). A `lend` may come without its
/// descriptor: the kernel leaves it out where this process has no number free. Throws std::system_error for
/// what is no fault of the peer.
struct Receipt {
  std::optional<Received> packet;
  Nothing why_not = Nothing::would_block;  ///< only where packet is empty
};
Receipt receive(int socket);

/// A worker whose supervisor is gone connects to the next one, says which slot was its own, and sends `given` with each
/// connection as it has answered it. The name is what its argument --slot has said. Throws as send() does.
Sent send_name(int socket, std::string_view slot);
/// The name, where a whole one waits; empty where what waits is none, or nothing does. Throws std::system_error.
std::string receive_name(int socket);

}  // namespace stile::lending
