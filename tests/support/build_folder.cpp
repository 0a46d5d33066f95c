#include "support/build_folder.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace stile::test {

namespace fs = std::filesystem;

BuildFolder::BuildFolder(std::string source, std::vector<std::string> names)
    : source_(std::move(source)), names_(std::move(names)) {
  for (const auto& name : names_) build_again(name);
  write_list();
}

void BuildFolder::put(const std::string& name, const std::string& other) {
  fs::create_directories(fs::path(path() + "/" + name).parent_path());
  fs::copy_file(source_ + "/" + name + ".json", path() + "/" + name + ".json",
                fs::copy_options::overwrite_existing);
  // What follows a program is not looked at.
  put_file(name, read_file(source_ + "/" + other + ".fcgi") + std::to_string(++count_));
}

void BuildFolder::put_file(const std::string& name, const std::string& content) const {
  const auto program = path() + "/" + name + ".fcgi";
  std::ofstream(program + ".new", std::ios::binary) << content;
  fs::permissions(program + ".new", fs::perms(0755));
  fs::rename(program + ".new", program);
}

void BuildFolder::add(const std::string& name) {
  build_again(name);
  names_.push_back(name);
  write_list();
}

void BuildFolder::remove(const std::string& name) {
  std::erase(names_, name);
  write_list();
}

void BuildFolder::write_list() const {
  std::string list;
  for (const auto& name : names_) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  std::ofstream(path() + "/functions.json") << "{\"functions\": [" << list << "]}";
}

}  // namespace stile::test
