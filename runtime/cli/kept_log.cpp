#include "cli/kept_log.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

using TakeLines = std::function<void(std::string_view)>;

posix::Fd open_log(const std::string& path) {
  return posix::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

bool is_same_file(const posix::Fd& one, const posix::Fd& other) {
  struct stat first {};
  struct stat second {};
  return ::fstat(one.get(), &first) == 0 && ::fstat(other.get(), &second) == 0 &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

bool is_deleted(const posix::Fd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 && status.st_nlink == 0;
}

// What is read, cut into lines, those of one source alone.
class LineFilter {
 public:
  LineFilter(const std::string& source, const TakeLines& take) : source_(source), take_(take) {}

  /// All that is there by now, and wasn't before.
  void read_from(const posix::Fd& file) {
    std::array<char, 65536> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
      const auto size = ::read(file.get(), room.data(), room.size());
      if (size == -1 && errno == EINTR) continue;
      if (size <= 0) return;
      rest_.append(room.data(), static_cast<std::size_t>(size));
      hand_out();
    }
  }

 private:
  void hand_out() {
    const auto end = rest_.rfind('\n');
    if (end == std::string::npos) return;
    std::string lines = rest_.substr(0, end + 1);
    rest_.erase(0, end + 1);
    if (!source_.empty()) lines = of_source(lines);
    if (!lines.empty()) take_(lines);
  }

  std::string of_source(std::string_view lines) const {
    std::string kept;
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find('\n') + 1);
      if (is_line_of(line, source_)) kept += line;
      lines.remove_prefix(line.size());
    }
    return kept;
  }

  const std::string& source_;
  const TakeLines& take_;
  std::string rest_;
};

// Of the folder, not of the file: then nothing is missed where another one takes its place.
posix::Fd watch_folder(const std::string& folder) {
  posix::Fd events(posix::check(::inotify_init1(IN_CLOEXEC), "inotify_init1"));
  constexpr std::uint32_t wanted =
      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(events.get(), folder.c_str(), wanted) == -1)
    throw Failure(fmt::format("cannot watch {}: {}", folder, std::generic_category().message(errno)));
  return events;
}

// Blocks until something has happened there. False: the folder is gone.
bool wait_for_event(const posix::Fd& events) {
  alignas(inotify_event) std::array<char, 4096> room{};
  ssize_t size = -1;
  while ((size = ::read(events.get(), room.data(), room.size())) == -1 && errno == EINTR) {
  }
  for (std::size_t at = 0; at < static_cast<std::size_t>(std::max<ssize_t>(size, 0));) {
    const auto* const event = reinterpret_cast<const inotify_event*>(&room[at]);
    if ((event->mask & (IN_DELETE_SELF | IN_IGNORED)) != 0) return false;
    at += sizeof(inotify_event) + event->len;
  }
  return size > 0;
}

}  // namespace

bool is_line_of(std::string_view line, std::string_view source) {
  for (int words = 0; words < 2; ++words) {  // the time and the level
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return false;
    line.remove_prefix(blank + 1);
  }
  return line.size() > source.size() && line.starts_with(source) && line[source.size()] == ' ';
}

void read_kept_log(const std::string& run_directory, const std::string& source, bool follow,
                   const TakeLines& take) {
  const auto path = run_directory + "/" + log_file;
  posix::Fd events;
  if (follow)
    events = watch_folder(run_directory);  // before anything is read, so that nothing falls in between
  auto file = open_log(path);
  if (!file && errno != ENOENT)
    throw Failure(fmt::format("cannot read {}: {}", path, std::generic_category().message(errno)));
  if (!file && !follow) {
    throw Failure(
        fmt::format("{} has no log: has a server run there? Name its folder with --run-dir", run_directory));
  }
  LineFilter filter(source, take);
  // Opened after the newer one: where they have changed places meanwhile it is the same file.
  if (const auto before = open_log(path + ".1"); before && !(file && is_same_file(before, file)))
    filter.read_from(before);
  do {
    if (file) filter.read_from(file);
    for (auto next = open_log(path); next && !(file && is_same_file(next, file)); next = open_log(path)) {
      if (file) filter.read_from(file);  // what came last
      file = std::move(next);
      filter.read_from(file);
    }
    // An open file of it would keep the folder, and hide from us that it has gone.
    if (file && is_deleted(file)) file.reset();
  } while (follow && wait_for_event(events));
}

}  // namespace stile::cli
