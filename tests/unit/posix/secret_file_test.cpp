#include "posix/secret_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temporary_directory.hpp"

using Catch::Contains;
using stile::posix::read_secret_file;
namespace fs = std::filesystem;

TEST_CASE("A file of a secret is what it holds, without the end of its last line") {
  const stile::test::TemporaryDirectory directory;
  CHECK_FALSE(read_secret_file(directory.file("none"), 10));
  CHECK_FALSE(read_secret_file(directory.file("none/below"), 10));
  CHECK(read_secret_file(directory.write("key", ""), 10) == "");
  CHECK(read_secret_file(directory.write("key", "\n"), 10) == "");
  CHECK(read_secret_file(directory.write("key", "a\r\nb\r\n"), 10) == "a\r\nb");
  CHECK(read_secret_file(directory.write("key", "1234567890\r\n"), 10) == "1234567890");
  fs::create_symlink(directory.file("key"), directory.file("link"));
  CHECK(read_secret_file(directory.file("link"), 10) == "1234567890");
}

TEST_CASE("A file of a secret that is too long, no file, or for others to write is refused") {
  const stile::test::TemporaryDirectory directory;
  CHECK_THROWS_WITH(read_secret_file(directory.write("key", "12345678901"), 10),
                    Contains("more than 10 bytes"));
  CHECK_THROWS_WITH(read_secret_file(directory.path(), 10), Contains("is no file"));
  for (const auto mode : {fs::perms(0620), fs::perms(0602)}) {
    fs::permissions(directory.write("key", "x"), mode);
    CHECK_THROWS_WITH(read_secret_file(directory.file("key"), 10), Contains("chmod go-w"));
  }
}

TEST_CASE("A guarded file is what it holds to its last byte, and its state tells one from the next") {
  using namespace stile::posix;
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("keys");
  CHECK_FALSE(state_of_file(path));
  CHECK_FALSE(read_guarded_file(path, 10));
  directory.write("keys", "0123\n");
  const auto first = read_guarded_file(path, 5);
  REQUIRE(first);
  CHECK(first->text == "0123\n");
  CHECK(state_of_file(path) == first->state);
  fs::permissions(path, fs::perms(0400));
  CHECK(state_of_file(path) != first->state);  // chmod alone is told too
  directory.write("next", "0123\n");
  fs::rename(directory.file("next"), path);
  CHECK(state_of_file(path)->inode != first->state.inode);
  CHECK_THROWS_WITH(read_guarded_file(path, 4), Contains("more than 4 bytes"));
  CHECK_THROWS_WITH(state_of_file(path + std::string(5000, 'x')), Contains("stat "));
}
