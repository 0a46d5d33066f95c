#include "cli/logs.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "manifest/deployment.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

// The third word of a line of the server's own.
std::string_view source_of(std::string_view line) {
  for (int word = 0; word < 2; ++word) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    line.remove_prefix(blank + 1);
  }
  return line.substr(0, line.find(' '));
}

class Printer {
 public:
  explicit Printer(const std::string& name) : name_(name) {
    if (name.empty()) return;
    try {
      id_ = make_ids({Route::of_file(name + ".cpp").pattern()}).front();
    } catch (const std::exception&) {  // no route: then it is no function either
    }
  }

  // Takes what there is to be read from the file, whole lines of it.
  void take(int file) {
    std::array<char, 65536> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (ssize_t size = 0; (size = ::read(file, room.data(), room.size())) > 0;) {
      text_.append(room.data(), static_cast<std::size_t>(size));
      print_lines();
    }
  }

 private:
  void print_lines() {
    std::size_t begin = 0;
    for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', begin)) {
      const auto line = std::string_view(text_).substr(begin, end + 1 - begin);
      begin = end + 1;
      if (!name_.empty() && !is_line_of(line, name_, id_)) continue;
      if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size())
        throw Failure("cannot write to standard output");
    }
    text_.erase(0, begin);
    if (std::fflush(stdout) != 0) throw Failure("cannot write to standard output");
  }

  std::string name_;
  std::string id_;
  std::string text_;
};

ino_t inode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

bool is_line_of(std::string_view line, std::string_view name, std::string_view id) {
  if (line.starts_with('{'))
    return line.find(fmt::format("\"function\":\"{}\"", id)) != std::string_view::npos;
  const auto source = source_of(line);
  if (source == name) return true;
  // "TIME LEVEL stile - NAME ended by ..."
  const auto about = line.find(" stile - ");
  if (source != "stile" || about == std::string_view::npos) return false;
  const auto rest = line.substr(about + 9);
  return rest.starts_with(name) && rest.substr(name.size()).starts_with(' ');
}

void show_logs(const std::string& run_directory, const std::string& name, Follow follow) {
  const auto path = run_directory + "/" + log_file;
  const auto open_log = [&] { return posix::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)); };
  // Watched before it is read: nothing is missed in between.
  const posix::Fd changes(::inotify_init1(IN_CLOEXEC));
  ::inotify_add_watch(changes.get(), run_directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  posix::Fd file = open_log();
  if (!file) {
    throw Failure(
        errno == ENOENT
            ? fmt::format("no server has served from {}: name its folder with --run-dir", run_directory)
            : fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  auto inode = inode_of(path);
  Printer printer(name);
  const posix::Fd earlier(::open((path + ".1").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (earlier) printer.take(earlier.get());
  printer.take(file.get());
  while (follow == Follow::yes) {
    alignas(inotify_event) std::array<char, 16384>
        room;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
    if (::read(changes.get(), room.data(), room.size()) <= 0 && errno != EINTR)
      throw Failure(fmt::format("cannot watch {}: {}", run_directory, std::strerror(errno)));
    printer.take(file.get());
    if (const auto now = inode_of(path); now != inode && now != 0) {  // rotated
      file = open_log();
      inode = now;
      printer.take(file.get());
    }
  }
}

}  // namespace stile::cli
