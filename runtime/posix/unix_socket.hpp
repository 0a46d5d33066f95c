// Addresses of Unix sockets, and connections to them.
#pragma once

#include <sys/un.h>

#include <optional>
#include <string>

namespace stile::posix {

/// unix(7)'s address of a path; nothing where it is too long for one.
std::optional<sockaddr_un> unix_address(const std::string& path);

/// Connects `socket` to who listens at `path`. False with errno set, ENAMETOOLONG where the path is too long.
bool connect_to(int socket, const std::string& path);

}  // namespace stile::posix
