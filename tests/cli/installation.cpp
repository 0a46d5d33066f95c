#include "cli/installation.hpp"

#include <sys/stat.h>

#include <stdexcept>

namespace stile::test {

namespace fs = std::filesystem;

std::string install_into(const fs::path& folder) {
  fs::create_directories(folder / "bin");
  fs::copy_file(STILE_BINARY_DIR "/bin/stile", folder / "bin/stile");
  fs::copy(STILE_BINARY_DIR "/functions", folder / "functions", fs::copy_options::recursive);
  fs::copy(STILE_SOURCE_DIR "/nginx", folder / "nginx", fs::copy_options::recursive);
  constexpr auto readable = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                            fs::perms::others_read | fs::perms::others_exec;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) fs::permissions(entry.path(), readable);
  return folder / "bin/stile";
}

uid_t user_of(pid_t pid) {
  struct stat status {};
  const auto path = "/proc/" + std::to_string(pid);
  if (::stat(path.c_str(), &status) == -1) throw std::runtime_error("no process " + std::to_string(pid));
  return status.st_uid;
}

std::vector<std::string> as_nobody() {
  return {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
}

}  // namespace stile::test
