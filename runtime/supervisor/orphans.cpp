#include "supervisor/orphans.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "lending/control.hpp"
#include "supervisor/connections.hpp"
#include "supervisor/worker_file.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

// Of all slots together.
constexpr std::size_t most_orphans = 4096;

bool is_of(int socket, uid_t account) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == account || peer.uid == ::geteuid());
}

}  // namespace

Orphans::Orphans(EventLoop& loop, std::string path, uid_t account, gid_t group, OnArrival on_arrival,
                 OnConnection on_connection)
    : loop_(loop),
      path_(std::move(path)),
      account_(account),
      on_arrival_(std::move(on_arrival)),
      on_connection_(std::move(on_connection)),
      listener_(listen_on(path_, group, 0660, SOCK_SEQPACKET)) {
  listen();
}

Orphans::~Orphans() { ::unlink(path_.c_str()); }

void Orphans::watch_over(const std::vector<std::string>& files, Log& log) {
  for (const auto& file : files) watch_over(file, log);
}

void Orphans::watch_over(const std::string& file, Log& log) {
  const auto described = parse_worker_file(file.substr(file.rfind('/') + 1));
  posix::Fd process(described ? static_cast<int>(::syscall(SYS_pidfd_open, described->pid, 0)) : -1);
  // Another process may have that number by now.
  if (!process || start_time(described->pid) != described->start_time) {
    ::unlink(file.c_str());
    return;
  }
  const auto one = left_.insert(left_.end(), {file, described->pid, std::move(process)});
  one->watch = loop_.watch(one->process.get(), EPOLLIN, [this, one](std::uint32_t) {
    ::kill(-one->pid, SIGKILL);
    ::unlink(one->file.c_str());
    left_.erase(one);
  });
  one->limit = loop_.after(described->timeout + way_out, [one, &log] {
    log.warning("a worker of the supervisor before (pid {}) does not leave: killed", one->pid);
    ::syscall(SYS_pidfd_send_signal, one->process.get(), SIGKILL, nullptr, 0);
  });
}

void Orphans::listen() {
  watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
}

void Orphans::accept_one() {
  posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd && errno != EAGAIN) {  // no descriptors: asking again at once would spin
    watch_ = {};
    accept_again_ = loop_.after(1s, [this] { listen(); });
  }
  if (!fd || orphans_.size() >= most_orphans || !is_of(fd.get(), account_)) return;
  const auto key = next_key_++;
  auto& orphan = orphans_[key];
  orphan.fd = std::move(fd);
  orphan.watch = loop_.watch(orphan.fd.get(), EPOLLIN, [this, key](std::uint32_t) { hear(key); });
}

void Orphans::hear(std::uint64_t key) {
  auto& orphan = orphans_.at(key);
  if (orphan.slot.empty()) {
    orphan.slot = lending::receive_name(orphan.fd.get());
    if (orphan.slot.empty() || !on_arrival_(orphan.slot)) orphans_.erase(key);
    return;
  }
  auto receipt = lending::receive(orphan.fd.get());
  if (receipt.packet && receipt.packet->message.kind == lending::Kind::given) {
    if (receipt.packet->descriptor) on_connection_(orphan.slot, std::move(receipt.packet->descriptor));
  } else if (receipt.packet || receipt.why_not != lending::Nothing::would_block) {
    orphans_.erase(key);
  }
}

}  // namespace stile::supervisor
