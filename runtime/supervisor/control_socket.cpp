#include "supervisor/control_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "supervisor/connections.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_request = 4096;
constexpr std::size_t most_callers = 64;
// To ask, and again to take the answer once it is there.
constexpr auto caller_deadline = 10s;

}  // namespace

ControlSocket::ControlSocket(EventLoop& loop, std::string path, OnRequest on_request)
    : loop_(loop),
      path_(std::move(path)),
      on_request_(std::move(on_request)),
      listener_(listen_on(path_, static_cast<gid_t>(-1), 0600)) {
  watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
}

ControlSocket::~ControlSocket() { ::unlink(path_.c_str()); }

void ControlSocket::accept_one() {
  posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
    watch_ = {};  // asking again at once would spin
    accept_again_ = loop_.after(1s, [this] {
      watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
    });
  }
  if (!fd || callers_.size() >= most_callers) return;
  const auto key = next_key_++;
  Caller caller;  // kept once it is watched: else nobody would answer, or let it go
  caller.fd = std::move(fd);
  caller.watch = loop_.watch(caller.fd.get(), EPOLLIN, [this, key](std::uint32_t) { read_from(key); });
  caller.limit = loop_.after(caller_deadline, [this, key] { callers_.erase(key); });
  callers_.emplace(key, std::move(caller));
}

void ControlSocket::read_from(std::uint64_t key) {
  auto& caller = callers_.at(key);
  std::array<char, 1024> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  const auto size = ::read(caller.fd.get(), room.data(), room.size());
  if (size == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    callers_.erase(key);
    return;
  }
  caller.text.append(room.data(), static_cast<std::size_t>(size));
  if (caller.text.find('\n') != std::string::npos) return take_line(key);
  if (caller.text.size() > longest_request) callers_.erase(key);
}

void ControlSocket::take_line(std::uint64_t key) {
  auto& caller = callers_.at(key);
  const auto line = std::exchange(caller.text, {});
  const auto end = line.find('\n');
  const auto blank = std::min(line.find(' '), end);
  caller.watch = {};
  caller.limit = {};
  const auto argument = blank == end ? std::string() : line.substr(blank + 1, end - blank - 1);
  on_request_(line.substr(0, blank), argument, [this, key](const std::string& json) {
    const auto found = callers_.find(key);
    if (found == callers_.end() || !found->second.text.empty()) return;
    found->second.text = json + "\n";
    try {
      found->second.watch =
          loop_.watch(found->second.fd.get(), EPOLLOUT, [this, key](std::uint32_t) { write_to(key); });
    } catch (const std::system_error&) {  // no answer, but nothing for the one who gives it either
      callers_.erase(found);
      return;
    }
    found->second.limit = loop_.after(caller_deadline, [this, key] { callers_.erase(key); });
  });
}

void ControlSocket::write_to(std::uint64_t key) {
  auto& caller = callers_.at(key);
  const auto size = ::send(caller.fd.get(), caller.text.data(), caller.text.size(), MSG_NOSIGNAL);
  if (size == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (size > 0) caller.text.erase(0, static_cast<std::size_t>(size));
  if (size <= 0 || caller.text.empty()) callers_.erase(key);
}

}  // namespace stile::supervisor
