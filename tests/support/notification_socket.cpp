#include "support/notification_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <stdexcept>

#include "posix/error.hpp"

namespace stile::test {

NotificationSocket::NotificationSocket(Where where)
    : name_(where == Where::path ? directory_.file("notify") : "@" + directory_.path()),
      socket_(posix::check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (where == Where::abstract) address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  posix::check(::bind(fd(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
}

std::string NotificationSocket::receive(std::chrono::milliseconds within) const {
  if (!has_pending(within)) throw std::runtime_error("nothing was said in time");
  std::array<char, 4096> buffer;
  const auto size = posix::check(static_cast<int>(::recv(fd(), buffer.data(), buffer.size(), 0)), "recv");
  return {buffer.data(), static_cast<std::size_t>(size)};
}

bool NotificationSocket::has_pending(std::chrono::milliseconds within) const {
  pollfd readable{fd(), POLLIN, 0};
  return ::poll(&readable, 1, static_cast<int>(within.count())) == 1;
}

}  // namespace stile::test
