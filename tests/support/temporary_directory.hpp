// A directory that goes away with its object. Its path is short, so that Unix sockets fit below it. Any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace stile::test {

class TemporaryDirectory {
 public:
  /// Makes /tmp/stile-test.XXXXXX with mode 0755: functions and nginx's workers may run under another
  /// account.
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  /// The path of a file below it, which need not exist.
  std::string file(std::string_view name) const;
  /// Writes a file below it, with its folders, and returns its path.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::string path_;
};

/// The whole file. Throws where it can't be read.
std::string read_file(const std::string& path);

}  // namespace stile::test
