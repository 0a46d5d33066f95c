#include "posix/replaced_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <system_error>

#include "support/temporary_directory.hpp"

using namespace stile::posix;
using stile::test::read_file;
namespace fs = std::filesystem;

TEST_CASE("A file is replaced by another one, with its owner and mode, whatever the umask") {
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("keys");
  CHECK_FALSE(owner_of_file(path));
  const FileOwner mine{::geteuid(), ::getegid(), 0640};
  const auto before = ::umask(0777);
  replace_file(path, "a", mine);
  ::umask(before);
  CHECK(read_file(path) == "a");
  CHECK(owner_of_file(path)->mode == 0640);
  const auto first = fs::path(path);
  fs::create_hard_link(first, directory.file("old"));
  directory.write("keys.new", "of somebody who was killed");
  replace_file(path, "bb", {mine.user, mine.group, 0600});
  CHECK(read_file(path) == "bb");
  CHECK(read_file(directory.file("old")) == "a");  // who has it open reads on what it was
  CHECK(owner_of_file(path)->mode == 0600);
  CHECK_FALSE(fs::exists(path + ".new"));
  if (::geteuid() == 0) {
    replace_file(path, "c", {12345, 23456, 0440});
    CHECK(owner_of_file(path)->user == 12345);
    CHECK(owner_of_file(path)->group == 23456);
    CHECK(owner_of_file(path)->mode == 0440);
  }
}

TEST_CASE("Where a file can't be replaced the old one stays, and no draft of it") {
  const stile::test::TemporaryDirectory directory;
  const FileOwner mine{::geteuid(), ::getegid(), 0600};
  CHECK_THROWS_AS(replace_file(directory.file("none/keys"), "a", mine), std::system_error);
  fs::create_directory(directory.file("keys"));
  CHECK_THROWS_AS(replace_file(directory.file("keys"), "a", mine), std::system_error);
  CHECK(fs::is_directory(directory.file("keys")));
  CHECK_FALSE(fs::exists(directory.file("keys.new")));
  CHECK_THROWS_AS(owner_of_file(directory.file(std::string(5000, 'x'))), std::system_error);
}
