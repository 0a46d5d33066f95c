#include "support/third_party.hpp"

#include <sys/socket.h>

#include <utility>

namespace stile::test {

ThirdParty::ThirdParty(Answering answering)
    : answering_(std::move(answering)), accepting_([this] { accept(); }) {}

ThirdParty::~ThirdParty() {
  ::shutdown(listener_.fd(), SHUT_RDWR);  // whoever accepts, or reads, comes to an end
  accepting_.join();
  for (const auto& connection : open_) ::shutdown(connection.get(), SHUT_RDWR);
  for (auto& thread : serving_) thread.join();
}

void ThirdParty::accept() {
  for (;;) {
    posix::Fd connection(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() < 0) return;
    ++connections_;
    const int fd = connection.get();
    open_.push_back(std::move(connection));
    serving_.emplace_back([this, fd] { serve(fd); });
  }
}

void ThirdParty::serve(int connection) {
  std::string received;
  for (;;) {
    const auto end = received.find("\r\n\r\n");
    if (end != std::string::npos) {
      ++requests_;
      const auto answer = answering_(received.substr(0, received.find("\r\n")));
      received.erase(0, end + 4);
      if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
      if (answer.find("Connection: close\r\n") != std::string::npos) ::shutdown(connection, SHUT_RDWR);
      continue;
    }
    char bytes[4096];
    const auto count = ::recv(connection, bytes, sizeof bytes, 0);
    if (count <= 0) return;
    received.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + headers + "\r\n" + body;
}

}  // namespace stile::test
