// One request on a socket pair, with all that it consists of waiting to be read.
#include "worker/fastcgi.hpp"

#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <string>

#include "posix/fd.hpp"

using namespace stile;
using namespace stile::worker;
using namespace std::string_literals;
using namespace std::chrono_literals;

namespace {

// Says that nobody was waited for.
class NoWait : public Turn {
 public:
  bool begin_wait() override {
    FAIL_CHECK("the peer is waited for");
    return false;
  }
  void end_wait() override {}
  bool begin_run() override { return false; }
  void end_run(std::chrono::nanoseconds) override {}
};

std::string record(char type, const std::string& content) {
  return std::string{
             1, type, 0, 1, static_cast<char>(content.size() >> 8U), static_cast<char>(content.size()),
             0, 0} +
         content;
}

std::string request_with_body(std::size_t size) {
  return record(1, "\0\1\1\0\0\0\0\0"s) + record(4, "\1\1Ab"s) + record(4, {}) +
         record(5, std::string(size, 'x')) + record(5, {});
}

bool is_read_whole(const std::string& bytes, std::size_t body_size, std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const posix::Fd peer(ends[0]);
  const posix::Fd ours(ends[1]);
  REQUIRE(::send(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size()));
  NoWait turn;
  FastCgiRequest request(ours.get(), turn, limit);
  if (!request.begin()) return false;
  std::string body(body_size + 1, '\0');
  return request.read(body) == body_size && request.intact() && request.in_step();
}

}  // namespace

TEST_CASE("a peer that is never waited for has no longer than the others") {
  // The first read may have been long in coming: the time runs from the second.
  CHECK(is_read_whole(request_with_body(8000), 8000, 0ms));
  CHECK_FALSE(is_read_whole(request_with_body(9000), 9000, 0ms));
  CHECK(is_read_whole(request_with_body(60'000), 60'000, 1h));
}

TEST_CASE("what breaks off behind a whole buffer is an error even where no system call has left one") {
  const std::size_t size =
      8192 - (request_with_body(0).size() - 2 * record(5, {}).size()) - record(5, {}).size();
  const std::string whole_buffer = request_with_body(size).substr(0, 8192);
  errno = 0;
  CHECK_FALSE(is_read_whole(whole_buffer + "GET / HTTP/1.1\r\n\r\n", size, 1h));
  CHECK(is_read_whole(whole_buffer + record(5, {}), size, 1h));
}

TEST_CASE("the time of a request that comes in pieces runs from its first bytes") {
  const auto later = std::chrono::steady_clock::now() + 1h;
  for (const std::size_t size : {std::size_t{100}, std::size_t{60'000}}) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const posix::Fd peer(ends[0]);
    const posix::Fd ours(ends[1]);
    const auto bytes = request_with_body(size);
    REQUIRE(::send(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) ==
            static_cast<ssize_t>(bytes.size()));
    NoWait turn;
    FastCgiRequest request(ours.get(), turn, 2h);
    REQUIRE(request.begin());
    std::string body(size, '\0');
    REQUIRE(request.read(body) == size);
    const bool in_one_piece = size == 100;
    CHECK((request.deadline(later) == later + 2h) == in_one_piece);
    CHECK((request.deadline(later) < later + 2h) == !in_one_piece);
  }
}
