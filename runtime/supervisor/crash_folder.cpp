#include "supervisor/crash_folder.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "posix/fd.hpp"

namespace stile::supervisor {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t most_files = 20;
constexpr auto longest_kept = std::chrono::hours(7 * 24);

}  // namespace

std::string CrashFolder::keep(const CrashFile& crash, const std::string& id) const {
  if (path_.empty()) return {};
  ::mkdir(path_.c_str(), 0700);
  remove_old();
  const auto when = std::chrono::time_point_cast<std::chrono::milliseconds>(crash.time);
  const auto milliseconds = when.time_since_epoch().count();
  const auto file = fmt::format("{}/{:%Y%m%dT%H%M%S}.{:03}-{}-{}.json", path_,
                                fmt::gmtime(std::chrono::system_clock::to_time_t(crash.time)),
                                milliseconds % 1000, id, crash.request_id.substr(0, 8));
  const auto fresh = path_ + "/~";
  ::unlink(fresh.c_str());
  const posix::Fd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto text = print_crash_file(crash);
  if (!out || ::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename(fresh.c_str(), file.c_str()) == -1) {
    ::unlink(fresh.c_str());
    return {};
  }
  return file;
}

// Names begin with the time: their order is that of the crashes.
void CrashFolder::remove_old() const {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path_, error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  const std::size_t surplus = files.size() >= most_files ? files.size() - most_files + 1 : 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto written = fs::last_write_time(files[i], error);
    if (i < surplus || (!error && fs::file_time_type::clock::now() - written > longest_kept))
      fs::remove(files[i], error);
  }
}

}  // namespace stile::supervisor
