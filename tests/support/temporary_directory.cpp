#include "support/temporary_directory.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "posix/error.hpp"

namespace stile::test {

TemporaryDirectory::TemporaryDirectory() : path_("/tmp/stile-test.XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) posix::throw_errno("mkdtemp " + path_);
  posix::check(::chmod(path_.c_str(), 0755), "chmod");
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a file that stays in /tmp must not turn a passed test into a crash
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::file(std::string_view name) const { return path_ + "/" + std::string(name); }

std::string TemporaryDirectory::write(std::string_view name, std::string_view text) const {
  std::string path = file(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + path);
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace stile::test
