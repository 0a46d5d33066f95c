#include "cli/local_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "posix/error.hpp"

namespace stile::cli {
namespace {

using AskClock = std::chrono::steady_clock;

// Whether bytes, or the end, are there before the time is up.
bool is_readable(const posix::Fd& connection, AskClock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - AskClock::now()).count();
    pollfd one{connection.get(), POLLIN, 0};
    const int count = ::poll(&one, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (count != -1 || errno != EINTR) return count > 0;
  }
}

}  // namespace

posix::Fd connect_to(const std::string& path, std::chrono::milliseconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    throw std::system_error(ENAMETOOLONG, std::generic_category(), path);
  path.copy(address.sun_path, path.size());
  posix::Fd socket(posix::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};  // of connect() too
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  posix::check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
               path.c_str());
  return socket;
}

std::optional<std::string> ask(const posix::Fd& connection, std::string_view question, std::size_t most,
                               std::chrono::milliseconds patience) {
  const auto deadline = AskClock::now() + patience;
  if (::send(connection.get(), question.data(), question.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(question.size()))  // one that is shorter than a socket's buffer is sent whole
    return std::nullopt;
  std::string answer;
  std::array<char, 4096> room{};
  while (answer.size() < most) {
    if (!is_readable(connection, deadline)) return std::nullopt;
    const auto size = ::recv(connection.get(), room.data(), std::min(room.size(), most - answer.size()), 0);
    if (size == -1 && errno == EINTR) continue;
    if (size == -1) return std::nullopt;
    if (size == 0) return answer;
    answer.append(room.data(), static_cast<std::size_t>(size));
  }
  return answer;
}

}  // namespace stile::cli
