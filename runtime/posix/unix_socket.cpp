#include "posix/unix_socket.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace stile::posix {

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  path.copy(address.sun_path, path.size());
  return address;
}

bool connect_to(int socket, const std::string& path) {
  const auto address = unix_address(path);
  if (!address) {
    errno = ENAMETOOLONG;
    return false;
  }
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0;
}

}  // namespace stile::posix
