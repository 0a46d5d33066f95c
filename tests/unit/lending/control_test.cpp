#include "lending/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <utility>

namespace stile::lending {
namespace {

struct Pair {
  posix::Fd supervisor;
  posix::Fd worker;
};

Pair make_pair() {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  return {posix::Fd(ends[0]), posix::Fd(ends[1])};
}

bool same_file(int a, int b) {
  struct stat one {};
  struct stat other {};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// Sends bytes and descriptors that send() would not.
void send_raw(int socket, const void* bytes, std::size_t size, const std::array<int, 2>& descriptors,
              std::size_t count) {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> ancillary{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = ancillary.data();
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(rights), descriptors.data(), count * sizeof(int));
  }
  REQUIRE(::sendmsg(socket, &header, 0) == static_cast<ssize_t>(size));
}

Nothing why_refused(const Pair& pair) {
  const auto receipt = receive(pair.worker.get());
  REQUIRE_FALSE(receipt.packet);
  return receipt.why_not;
}

// The lowest number that is free: equal before and after, nothing was leaked.
int next_number() { return posix::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get(); }

constexpr std::array<std::uint32_t, 4> lend_packet{1, 5, 9, 0};

TEST_CASE("a message arrives as it was sent") {
  const Pair pair = make_pair();
  REQUIRE(send(pair.worker.get(), {Kind::returned, {4, 99}, Fate::ended}) == Sent::done);
  const auto receipt = receive(pair.supervisor.get());
  REQUIRE(receipt.packet);
  CHECK(receipt.packet->message.kind == Kind::returned);
  CHECK(receipt.packet->message.connection == ConnectionId{4, 99});
  CHECK(receipt.packet->message.fate == Fate::ended);
  CHECK_FALSE(receipt.packet->descriptor);
}

TEST_CASE("a lent descriptor is the same file, closed on exec, and the sender keeps its own") {
  const Pair pair = make_pair();
  const posix::Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(send(pair.supervisor.get(), {Kind::lend, {1, 1}, Fate::kept}, file.get()) == Sent::done);
  const auto receipt = receive(pair.worker.get());
  REQUIRE(receipt.packet);
  REQUIRE(receipt.packet->descriptor);
  CHECK(receipt.packet->descriptor.get() != file.get());
  CHECK(same_file(receipt.packet->descriptor.get(), file.get()));
  CHECK((::fcntl(receipt.packet->descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("nothing to receive is told from a peer that is gone") {
  Pair pair = make_pair();
  CHECK(why_refused(pair) == Nothing::would_block);
  pair.supervisor.reset();
  CHECK(why_refused(pair) == Nothing::gone);
}

TEST_CASE("a queue that is full and a peer that is gone are no exceptions") {
  Pair pair = make_pair();
  Sent sent = Sent::done;
  for (int i = 0; i < 100'000 && sent == Sent::done; ++i)
    sent = send(pair.supervisor.get(), {Kind::drain, {}, {}});
  CHECK(sent == Sent::would_block);
  pair.worker.reset();
  CHECK(send(pair.supervisor.get(), {Kind::drain, {}, {}}) == Sent::gone);
}

TEST_CASE("what a peer sent before it died, unread packets of ours behind it, is still received") {
  Pair pair = make_pair();
  const posix::Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(send(pair.worker.get(), {Kind::ready, {}, {}}) == Sent::done);
  REQUIRE(send(pair.supervisor.get(), {Kind::lend, {1, 1}, Fate::kept}, file.get()) == Sent::done);
  pair.supervisor.reset();
  const auto receipt = receive(pair.worker.get());
  REQUIRE(receipt.packet);
  CHECK(receipt.packet->message.kind == Kind::lend);
  CHECK(receipt.packet->descriptor);
  CHECK(why_refused(pair) == Nothing::gone);
}

TEST_CASE("a packet of another size is malformed") {
  const Pair pair = make_pair();
  const std::array<std::uint32_t, 5> longer{1, 5, 9, 0, 0};
  send_raw(pair.supervisor.get(), longer.data(), 17, {}, 0);
  CHECK(why_refused(pair) == Nothing::malformed);
  send_raw(pair.supervisor.get(), longer.data(), 15, {}, 0);
  CHECK(why_refused(pair) == Nothing::malformed);
}

TEST_CASE("an unknown kind or fate is malformed") {
  const Pair pair = make_pair();
  for (const auto& packet : {std::array<std::uint32_t, 4>{0, 0, 0, 0}, {11, 0, 0, 0}, {4, 0, 0, 2}}) {
    send_raw(pair.supervisor.get(), packet.data(), 16, {}, 0);
    CHECK(why_refused(pair) == Nothing::malformed);
  }
}

TEST_CASE("descriptors beyond what a kind carries are malformed, and closed") {
  const Pair pair = make_pair();
  const std::array<int, 2> two{pair.supervisor.get(), pair.supervisor.get()};
  const int before = next_number();
  send_raw(pair.supervisor.get(), lend_packet.data(), 16, two, 2);
  CHECK(why_refused(pair) == Nothing::malformed);
  const std::array<std::uint32_t, 4> drain{2, 0, 0, 0};
  send_raw(pair.supervisor.get(), drain.data(), 16, two, 1);
  CHECK(why_refused(pair) == Nothing::malformed);
  CHECK(next_number() == before);
}

TEST_CASE("an orphan's name arrives, and nothing else is one") {
  const Pair pair = make_pair();
  REQUIRE(send_name(pair.worker.get(), "todos.id@0") == Sent::done);
  CHECK(receive_name(pair.supervisor.get()) == "todos.id@0");
  CHECK(receive_name(pair.supervisor.get()).empty());
  for (const std::string text : {"stile orphan 2 hello@0", "hello@0"}) {
    send_raw(pair.worker.get(), text.data(), text.size(), {}, 0);
    CHECK(receive_name(pair.supervisor.get()).empty());
  }
  REQUIRE(send_name(pair.worker.get(), std::string(1000, 'x')) == Sent::done);
  CHECK(receive_name(pair.supervisor.get()).empty());
}

TEST_CASE("a lent connection whose descriptor was lost on the way still says which one it is") {
  const Pair pair = make_pair();
  send_raw(pair.supervisor.get(), lend_packet.data(), 16, {}, 0);
  const auto receipt = receive(pair.worker.get());
  REQUIRE(receipt.packet);
  CHECK(receipt.packet->message.connection == ConnectionId{5, 9});
  CHECK_FALSE(receipt.packet->descriptor);
}

}  // namespace
}  // namespace stile::lending
