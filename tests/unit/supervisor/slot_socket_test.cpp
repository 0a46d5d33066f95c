#include "supervisor/slot_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "posix/fd.hpp"
#include "posix/unix_socket.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using supervisor::SlotSocket;

namespace {

bool is_accepted_by(const posix::Fd& listener, const std::string& path) {
  const posix::Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!posix::connect_to(client.get(), path)) return false;
  return static_cast<bool>(posix::Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

struct Place {
  test::TemporaryDirectory folder;
  std::string one = folder.file("f@0.sock");
  std::string other = folder.file("f@1.sock");
  std::size_t files() const {
    const std::filesystem::directory_iterator entries(folder.path());
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

}  // namespace

TEST_CASE("a socket that is hidden is not there, and is back as it was") {
  const Place place;
  SlotSocket socket(place.one, ::getegid());
  const auto listener = socket.listen();
  CHECK(is_accepted_by(listener, place.one));
  socket.hide({place.one});
  CHECK_FALSE(std::filesystem::exists(place.one));
  socket.hide({place.one});  // as it is
  CHECK(socket.show());
  CHECK(is_accepted_by(listener, place.one));
  CHECK(socket.show());
  CHECK(place.files() == 1);
}

TEST_CASE("in place of a socket that is hidden another instance's is found, until it is back") {
  const Place place;
  SlotSocket one(place.one, ::getegid());
  SlotSocket other(place.other, ::getegid());
  const auto listener = one.listen();
  const auto others = other.listen();
  one.hide({place.one, place.other});
  CHECK(is_accepted_by(others, place.one));
  other.hide({place.one, place.other});  // none of them is up
  CHECK_FALSE(std::filesystem::exists(place.other));
  CHECK(one.show());
  CHECK(is_accepted_by(listener, place.one));
  CHECK(other.show());
  CHECK(is_accepted_by(others, place.other));
  CHECK(place.files() == 2);
}

TEST_CASE("a socket leaves nothing behind, and leaves what another one has put in its place") {
  const Place place;
  {
    SlotSocket socket(place.one, ::getegid());
    const auto listener = socket.listen();
    socket.hide({});
  }
  CHECK(place.files() == 0);
  SlotSocket next(place.one, ::getegid());
  posix::Fd listener;
  {
    SlotSocket socket(place.one, ::getegid());
    const auto old = socket.listen();
    listener = next.listen();
  }
  CHECK(is_accepted_by(listener, place.one));
}

TEST_CASE("where somebody has deleted it, a hidden socket can't be shown") {
  const Place place;
  SlotSocket socket(place.one, ::getegid());
  const auto listener = socket.listen();
  socket.hide({});
  std::filesystem::remove(place.one + ".hidden");
  CHECK_FALSE(socket.show());
  CHECK(socket.is_missing());
}
