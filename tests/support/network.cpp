#include "support/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "posix/error.hpp"

namespace stile::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

posix::Fd tcp_socket() {
  return posix::Fd(posix::check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

}  // namespace

std::uint16_t free_port() { return Listener().port(); }

Listener::Listener() : socket_(tcp_socket()) {
  auto address = loopback(0);
  auto size = static_cast<socklen_t>(sizeof address);
  posix::check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind 127.0.0.1:0");
  posix::check(::listen(socket_.get(), 16), "listen");
  posix::check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);
}

RawConnection::RawConnection(std::uint16_t port) : socket_(tcp_socket()) {
  const auto address = loopback(port);
  posix::check(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
               "connect to 127.0.0.1");
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == -1 && errno == EINTR) continue;
    if (sent == -1 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (sent == -1) posix::throw_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::finish_sending() { posix::check(::shutdown(socket_.get(), SHUT_WR), "shutdown"); }

bool RawConnection::receive_some(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd readable{socket_.get(), POLLIN, 0};
  if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) == 0)
    throw std::runtime_error("nothing more came in time; what came: \"" + received_ + "\"");
  std::array<char, 65536> buffer;
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) received_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;  // a reset ends it as well as a close does
}

std::string RawConnection::receive_until(std::string_view text, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (received_.find(text) == std::string::npos) {
    if (!receive_some(deadline))
      throw std::runtime_error("closed too early; what came: \"" + received_ + "\"");
  }
  return std::exchange(received_, {});
}

std::string RawConnection::receive_all(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (receive_some(deadline)) {
  }
  return std::exchange(received_, {});
}

std::string RawConnection::receive(std::chrono::milliseconds within) {
  if (received_.empty()) receive_some(std::chrono::steady_clock::now() + within);
  return std::exchange(received_, {});
}

std::string raw_exchange(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds within) {
  RawConnection connection(port);
  connection.send(bytes);  // a server that refuses may close before it has read all
  return connection.receive_all(within);
}

}  // namespace stile::test
