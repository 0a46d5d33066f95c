#include "supervisor/orphans.hpp"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "lending/control.hpp"
#include "supervisor/connections.hpp"

namespace stile::supervisor {
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
  watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
}

Orphans::~Orphans() { ::unlink(path_.c_str()); }

// Another process may have that number by now. What a worker was started with says which run directory is its own.
bool Orphans::is_worker(pid_t pid) const {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  const std::string arguments(std::istreambuf_iterator<char>(file), {});
  using namespace std::string_literals;
  return arguments.find("\0--successor\0"s + path_ + '\0') != std::string::npos;
}

void Orphans::kill_after(std::chrono::milliseconds patience, const std::vector<pid_t>& pids, Log& log) {
  for (const pid_t pid : pids) {
    posix::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process && is_worker(pid)) left_.push_back({pid, std::move(process)});
  }
  if (left_.empty()) return;
  kill_timer_ = loop_.after(patience, [this, &log] {
    for (const auto& [pid, process] : left_) {
      if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) == 0)
        log.warning("a worker of the supervisor before (pid {}) does not leave: killed", pid);
    }
    left_.clear();
  });
}

void Orphans::accept_one() {
  posix::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
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
