#include "posix/shared_secret.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "posix/random.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::posix;
using Catch::Contains;

namespace {

void write_secret_file(const std::string& path, const std::string& content, mode_t mode = 0600) {
  std::ofstream(path) << content;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

std::string secret_refusal(const std::string& path) {
  try {
    shared_secret(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "taken";
}

std::size_t files_in(const std::string& folder) {
  const std::filesystem::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("A secret is made once, for its owner alone, and read from then on") {
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("key");
  const Secret secret = shared_secret(path);
  CHECK(secret != Secret{});
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  CHECK(status.st_size == 32);
  CHECK(shared_secret(path) == secret);
  CHECK(shared_secret(directory.file("other")) != secret);
  CHECK(files_in(directory.path()) == 2);
}

TEST_CASE("A secret is for its owner alone whatever the umask is") {
  const stile::test::TemporaryDirectory directory;
  for (const mode_t mask : {0U, 0277U}) {
    const auto path = directory.file("key" + std::to_string(mask));
    const mode_t before = ::umask(mask);
    const Secret secret = shared_secret(path);
    ::umask(before);
    CHECK(shared_secret(path) == secret);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600U);
  }
}

TEST_CASE("All who ask for a secret at the same time get the same") {
  const stile::test::TemporaryDirectory directory;
  for (int round = 0; round < 50; ++round) {
    const auto path = directory.file("key" + std::to_string(round));
    std::vector<Secret> secrets(8);
    std::vector<std::thread> threads;
    for (auto& secret : secrets) threads.emplace_back([&secret, &path] { secret = shared_secret(path); });
    for (auto& thread : threads) thread.join();
    CHECK(std::set<Secret>(secrets.begin(), secrets.end()).size() == 1);
  }
  CHECK(files_in(directory.path()) == 50);  // nothing is left of those that came second
}

TEST_CASE("A secret that others may read or write is refused, and it is said what to do") {
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("key");
  for (const mode_t mode : {0640U, 0620U, 0604U, 0602U, 0666U}) {
    write_secret_file(path, std::string(32, 'x'), mode);
    CHECK_THAT(secret_refusal(path), Contains(path) && Contains("others") && Contains("remove it"));
  }
  write_secret_file(path, std::string(32, 'x'), 0600);
  CHECK(secret_refusal(path) == "taken");
}

TEST_CASE("A secret of another size is refused") {
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("key");
  for (const std::size_t size : {0U, 31U, 33U}) {
    write_secret_file(path, std::string(size, 'x'));
    CHECK_THAT(secret_refusal(path), Contains(std::to_string(size) + " bytes instead of 32"));
  }
}

TEST_CASE("A secret is no link, no folder and no pipe") {
  const stile::test::TemporaryDirectory directory;
  write_secret_file(directory.file("elsewhere"), std::string(32, 'x'));
  std::filesystem::create_symlink(directory.file("elsewhere"), directory.file("link"));
  CHECK_THAT(secret_refusal(directory.file("link")), Contains("open " + directory.file("link")));
  std::filesystem::create_directory(directory.file("folder"));
  CHECK_THAT(secret_refusal(directory.file("folder")), Contains("is not a file"));
  REQUIRE(::mkfifo(directory.file("pipe").c_str(), 0600) == 0);
  CHECK_THAT(secret_refusal(directory.file("pipe")), Contains("is not a file"));
}

TEST_CASE("A secret in a folder that is not there is a system error that names it") {
  CHECK_THAT(secret_refusal("/nowhere/at/all/key"), Contains("/nowhere/at/all/key"));
}

TEST_CASE("A secret of another account is refused") {
  if (::geteuid() != 0) return;  // nobody else can give files away
  const stile::test::TemporaryDirectory directory;
  const auto path = directory.file("key");
  write_secret_file(path, std::string(32, 'x'));
  REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
  CHECK_THAT(secret_refusal(path), Contains("another account (uid 65534)"));
}

TEST_CASE("Random bytes fill all that is asked for, and differ") {
  std::vector<std::byte> first(1000);
  std::vector<std::byte> second(1000);
  fill_random(first);
  fill_random(second);
  CHECK(first != second);
  CHECK(std::set<std::byte>(first.begin(), first.end()).size() > 200);
  fill_random({});
}
