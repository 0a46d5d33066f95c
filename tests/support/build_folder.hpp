// A folder of compiled functions of a test's own, copied from a build, in which files are exchanged as a build does it: a new
// file in the place of the old one. Knows no server. One thread.
#pragma once

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace stile::test {

class BuildFolder {
 public:
  /// Functions of `source`, all that are named.
  BuildFolder(std::string source, std::vector<std::string> names);
  const std::string& path() const { return directory_.path(); }

  /// From now on the program of `name` is that of `other`, and differs from all before.
  void put(const std::string& name, const std::string& other);
  void build_again(const std::string& name) { put(name, name); }
  /// From now on its program is this.
  void put_file(const std::string& name, const std::string& content) const;
  void add(const std::string& name);
  void remove(const std::string& name);

 private:
  void write_list() const;

  TemporaryDirectory directory_;
  std::string source_;
  std::vector<std::string> names_;
  int count_ = 0;
};

}  // namespace stile::test
