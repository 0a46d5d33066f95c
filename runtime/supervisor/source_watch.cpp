#include "supervisor/source_watch.hpp"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "posix/error.hpp"
#include "posix/failure.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

// An editor saves in several steps: a file is away for a moment, and more than one may be saved at once.
constexpr auto quiet_time = 50ms;
constexpr std::uint32_t source_events =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;

}  // namespace

bool is_editors_own(std::string_view name) {
  return name.starts_with('.') || name.starts_with('#') || name.ends_with('~') || name.ends_with(".swp") ||
         name == "4913";  // vim's, to see whether it may write here
}

SourceWatch::SourceWatch(EventLoop& loop, std::string folder, std::function<void()> on_change)
    : loop_(loop),
      folder_(std::move(folder)),
      on_change_(std::move(on_change)),
      inotify_(posix::check(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")) {
  watch_all();
  watch_ = loop_.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { read_events(); });
}

// A folder that is watched already stays so.
void SourceWatch::watch_all() {
  namespace fs = std::filesystem;
  const auto watch = [this](const std::string& folder) {
    return ::inotify_add_watch(inotify_.get(), folder.c_str(), source_events) != -1;
  };
  if (!watch(folder_))
    throw Failure(fmt::format("cannot watch {}: {}", folder_, std::generic_category().message(errno)));
  std::error_code error;  // what goes away meanwhile says so itself
  for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error) && !it->is_symlink(error)) watch(it->path().string());
  }
}

void SourceWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384>
      room;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
  bool has_changed = false;
  bool has_folder = false;
  ssize_t size = 0;
  while ((size = ::read(inotify_.get(), room.data(), room.size())) > 0) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, room.data() + at, sizeof(event));
      const char* const name = room.data() + at + sizeof(event);
      at += sizeof(event) + event.len;
      const bool is_new_folder =
          (event.mask & IN_ISDIR) != 0 && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
      has_folder = has_folder || is_new_folder || (event.mask & IN_Q_OVERFLOW) != 0;
      // That a file is made says little: what is in it follows.
      const bool is_only_made = (event.mask & IN_CREATE) != 0 && (event.mask & IN_ISDIR) == 0;
      const bool is_named = event.len > 0 && !is_editors_own({name, ::strnlen(name, event.len)});
      has_changed = has_changed || (is_named && !is_only_made) || (event.mask & IN_Q_OVERFLOW) != 0;
    }
  }
  if (has_folder) {
    try {
      watch_all();
    } catch (const Failure&) {  // the folder itself is away for a moment, or for good
    }
  }
  if (has_changed) quiet_ = loop_.after(quiet_time, on_change_);
}

}  // namespace stile::supervisor
