#include "lending/control.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "posix/error.hpp"

namespace stile::lending {
namespace {

// What travels: both ends are one build on one machine, so the byte order is the machine's.
struct Packet {
  std::uint32_t kind;
  std::uint32_t index;
  std::uint32_t generation;
  std::uint32_t fate;
};
static_assert(sizeof(Packet) == 16, "no padding: uninitialized bytes must not leave the process");

// Room for one descriptor has, by its alignment, room for two: the kernel fills it, so both are looked at.
constexpr std::size_t ancillary_size = CMSG_SPACE(sizeof(int));

// The wrong order of members would be found only by reading garbage: let the compiler line them up.
struct Envelope {
  alignas(cmsghdr) std::array<char, ancillary_size> ancillary{};
  iovec part{};
  msghdr header{};

  Envelope(Packet& packet, std::size_t room) {
    part = {&packet, room};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;
};

void attach(Envelope& envelope, int descriptor) {
  envelope.header.msg_control = envelope.ancillary.data();
  envelope.header.msg_controllen = envelope.ancillary.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
}

// Takes every descriptor that came, so that none leaks; keeps the first and counts.
std::size_t take_descriptors(msghdr& header, posix::Fd& first) {
  std::size_t count = 0;
  for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = CMSG_NXTHDR(&header, entry)) {
    if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t here = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(entry) + i * sizeof(int), sizeof(int));
      posix::Fd descriptor(number);
      // Whoever sent it may have told it to linger: closing it would wait.
      constexpr linger at_once{0, 0};
      ::setsockopt(number, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      if (count++ == 0) first = std::move(descriptor);
    }
  }
  return count;
}

bool well_formed(const Packet& packet, std::size_t descriptors) {
  if (packet.kind < static_cast<std::uint32_t>(Kind::lend)) return false;
  if (packet.kind > static_cast<std::uint32_t>(Kind::last)) return false;
  if (packet.fate > static_cast<std::uint32_t>(Fate::ended)) return false;
  const bool carries_one = packet.kind == static_cast<std::uint32_t>(Kind::lend) ||
                           packet.kind == static_cast<std::uint32_t>(Kind::given);
  return descriptors <= (carries_one ? 1U : 0U);
}

// What a name begins with: another version's is not understood, and left alone.
constexpr std::string_view greeting = "stile orphan 1 ";
constexpr std::size_t longest_greeting = 256;

}  // namespace

Sent send(int socket, const Message& message, int descriptor) {
  Packet packet{static_cast<std::uint32_t>(message.kind), message.connection.index,
                message.connection.generation, static_cast<std::uint32_t>(message.fate)};
  Envelope envelope(packet, sizeof(packet));
  if (descriptor >= 0) attach(envelope, descriptor);
  while (::sendmsg(socket, &envelope.header, MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
    switch (errno) {
      case EINTR:
      case ECONNRESET:  // reported once, where the peer left packets of ours unread; what follows is EPIPE
        continue;
      case EAGAIN:
#if EWOULDBLOCK != EAGAIN
      case EWOULDBLOCK:
#endif
      case ENOBUFS:  // the kernel has no memory for it now: this passes too
      case ENOMEM:
      case ETOOMANYREFS:  // more descriptors on their way than RLIMIT_NOFILE: passes when the peer has read
                          // some
        return Sent::would_block;
      case EPIPE:
      case ENOTCONN:
        return Sent::gone;
      default:
        posix::throw_errno("sendmsg over the control socket");
    }
  }
  return Sent::done;
}

Receipt receive(int socket) {
  // One byte more than a packet: a longer one is then seen to be longer.
  struct {
    Packet packet;
    char beyond;
  } room{};
  Envelope envelope(room.packet, sizeof(Packet) + 1);
  ssize_t size = -1;
  do {
    envelope.header.msg_control = envelope.ancillary.data();
    envelope.header.msg_controllen = envelope.ancillary.size();
    size = ::recvmsg(socket, &envelope.header, MSG_CMSG_CLOEXEC);
    // ECONNRESET is reported once, ahead of packets that still wait to be read.
  } while (size == -1 && (errno == EINTR || errno == ECONNRESET));
  if (size == -1) {
    // Without memory for it the packet stays where it is.
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOMEM || errno == ENOBUFS)
      return {std::nullopt, Nothing::would_block};
    posix::throw_errno("recvmsg from the control socket");
  }
  Received received;
  const std::size_t descriptors = take_descriptors(envelope.header, received.descriptor);
  if (size == 0) return {std::nullopt, Nothing::gone};
  if (size != sizeof(Packet) || !well_formed(room.packet, descriptors))
    return {std::nullopt, Nothing::malformed};
  received.message = {static_cast<Kind>(room.packet.kind),
                      {room.packet.index, room.packet.generation},
                      static_cast<Fate>(room.packet.fate)};
  return {std::move(received), Nothing::would_block};
}

Sent send_name(int socket, std::string_view slot) {
  const std::string text = std::string(greeting) + std::string(slot);
  while (::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Sent::would_block;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return Sent::gone;
    posix::throw_errno("send over the control socket");
  }
  return Sent::done;
}

std::string receive_name(int socket) {
  std::array<char, longest_greeting + 1> room{};
  const auto size = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
  const std::string_view text(room.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.size() > longest_greeting || !text.starts_with(greeting)) return {};
  return std::string(text.substr(greeting.size()));
}

}  // namespace stile::lending
