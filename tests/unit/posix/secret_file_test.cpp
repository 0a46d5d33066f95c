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
