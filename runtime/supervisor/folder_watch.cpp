#include "supervisor/folder_watch.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

namespace stile::supervisor {

FolderWatch::FolderWatch(EventLoop& loop, const std::string& folder, OnVanished on_vanished)
    : on_vanished_(std::move(on_vanished)), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_ || ::inotify_add_watch(inotify_.get(), folder.c_str(), IN_DELETE | IN_MOVED_FROM) == -1)
    return;
  watch_ = loop.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { read_events(); });
}

void FolderWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384>
      room;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
  const auto size = ::read(inotify_.get(), room.data(), room.size());
  for (std::size_t at = 0; size > 0 && at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
    inotify_event event{};
    std::memcpy(&event, room.data() + at, sizeof(event));
    const char* const name = room.data() + at + sizeof(event);
    on_vanished_(event.len > 0 ? std::string(name, ::strnlen(name, event.len)) : std::string());
    at += sizeof(event) + event.len;
  }
}

}  // namespace stile::supervisor
