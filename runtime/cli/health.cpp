#include "cli/health.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "posix/unix_socket.hpp"

namespace stile::cli {
namespace {

constexpr timeval patience{5, 0};
constexpr std::size_t longest_answer = 4096;

posix::Fd connect_to(const std::string& path) {
  posix::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (!posix::connect_to(socket.get(), path)) {
    throw Failure(
        fmt::format("nobody serves on {} ({}): name its folder with --run-dir", path, std::strerror(errno)));
  }
  return socket;
}

}  // namespace

void check_health(const std::string& socket) {
  const auto connection = connect_to(socket);
  constexpr std::string_view request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  std::string answer;
  std::array<char, 1024> room{};
  ssize_t size = ::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{patience.tv_sec};
  while (size > 0 && answer.size() < longest_answer && std::chrono::steady_clock::now() < deadline) {
    size = ::recv(connection.get(), room.data(), room.size(), 0);
    if (size > 0) answer.append(room.data(), static_cast<std::size_t>(size));
  }
  if (answer.starts_with("HTTP/1.1 200 ")) return;
  // The rest of the line is for no terminal: who knows whose socket it is.
  if (answer.starts_with("HTTP/1.1 503 "))
    throw Failure(fmt::format("the server of {} is not ready", socket));
  throw Failure(fmt::format("the server of {} does not answer as it should", socket));
}

}  // namespace stile::cli
