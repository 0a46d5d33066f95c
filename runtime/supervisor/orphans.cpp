#include "supervisor/orphans.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

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
