#include "supervisor/run_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "posix/failure.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
using Catch::Matchers::Contains;

TEST_CASE("a run directory is made, and belongs to one supervisor at a time") {
  const test::TemporaryDirectory folder;
  {
    const RunDirectory first(folder.path() + "/deep/run", std::nullopt);
    CHECK_THROWS_WITH(RunDirectory(folder.path() + "/deep/run", std::nullopt),
                      Contains("another stile serves from"));
    CHECK_NOTHROW(RunDirectory(folder.path() + "/other", std::nullopt));
  }
  CHECK_NOTHROW(RunDirectory(folder.path() + "/deep/run", std::nullopt));
}

TEST_CASE("a run directory that others may write is refused") {
  const test::TemporaryDirectory folder;
  const std::string path = folder.path() + "/run";
  std::filesystem::create_directory(path);
  ::chmod(path.c_str(), 0777);
  CHECK_THROWS_WITH(RunDirectory(path, std::nullopt),
                    Contains("may be written by others") && Contains("--run-dir"));
}

TEST_CASE("a run directory that is a link is refused") {
  const test::TemporaryDirectory folder;
  std::filesystem::create_directory(folder.path() + "/real");
  std::filesystem::create_directory_symlink(folder.path() + "/real", folder.path() + "/run");
  CHECK_THROWS_WITH(RunDirectory(folder.path() + "/run", std::nullopt), Contains("is not a folder"));
}

TEST_CASE("a folder that holds other things is no run directory, and stays as it is") {
  const test::TemporaryDirectory folder;
  folder.write("somebody's", "file");
  ::chmod(folder.path().c_str(), 0755);
  CHECK_THROWS_WITH(RunDirectory(folder.path(), std::nullopt), Contains("holds other things"));
  struct stat status {};
  REQUIRE(::stat(folder.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0755);
}

TEST_CASE("a file is written whole, over the one before") {
  const test::TemporaryDirectory folder;
  const RunDirectory run(folder.path() + "/run", std::nullopt);
  run.write("a.json", "one");
  run.write("a.json", "two");
  CHECK(test::read_file(run.file("a.json")) == "two");
  CHECK_FALSE(std::filesystem::exists(run.file("a.json.new")));
}

TEST_CASE("a folder whose files others obey is ours alone to write, also by way of those above it") {
  const test::TemporaryDirectory folder;
  CHECK_NOTHROW(make_trusted_directory(folder.file("a/b"), std::nullopt, "--nginx-files"));
  std::filesystem::create_directory(folder.file("open"));
  ::chmod(folder.file("open").c_str(), 0775);
  CHECK_THROWS_WITH(make_trusted_directory(folder.file("open"), std::nullopt, "--nginx-files"),
                    Contains("may be written by others") && Contains("--nginx-files"));
  if (::geteuid() != 0) return;  // only root serves for another account
  const auto account = posix::find_account("www-data");
  CHECK_NOTHROW(make_trusted_directory(folder.file("a/c"), account, "--nginx-files"));
  const std::string state = folder.file("state");
  make_state_directory(state, account);
  CHECK_THROWS_WITH(make_trusted_directory(state + "/nginx", account, "--nginx-files"),
                    Contains("others may replace " + state + "/nginx"));
  std::filesystem::create_directory_symlink(state, folder.file("link"));  // hides whose folder it leads to
  CHECK_THROWS_WITH(make_trusted_directory(folder.file("link/files"), account, "--nginx-files"),
                    Contains("others may replace"));
  std::filesystem::create_directories(folder.file("all/inner"));
  ::chmod(folder.file("all").c_str(), 0777);
  CHECK_THROWS_WITH(make_trusted_directory(folder.file("all/inner"), account, "--nginx-files"),
                    Contains("may replace"));
  ::chmod(folder.file("all").c_str(), 01777);  // as /tmp: what is ours stays ours
  CHECK_NOTHROW(make_trusted_directory(folder.file("all/inner"), account, "--nginx-files"));
}

TEST_CASE("a group that can't come to the sockets is told where it would be stopped") {
  const test::TemporaryDirectory folder;
  const RunDirectory run(folder.file("private/run"), std::nullopt);
  CHECK_NOTHROW(run.let_pass(65534, "somebody"));
  ::chmod(folder.file("private").c_str(), 0700);
  CHECK_THROWS_WITH(run.let_pass(65534, "somebody"), Contains("the group somebody cannot pass through " +
                                                              folder.file("private") + " to the sockets"));
  ::chmod(folder.file("private").c_str(), 0710);
  CHECK_NOTHROW(run.let_pass(::getegid(), "ours"));
  CHECK_THROWS_AS(run.let_pass(65534, "somebody"), Failure);
}

TEST_CASE(
    "as root, folders that the account cannot reach are refused, and the state directory becomes its own") {
  if (::geteuid() != 0) return;  // only root serves for another account
  const auto account = posix::find_account("www-data");
  const test::TemporaryDirectory folder;
  ::chmod(folder.path().c_str(), 0700);
  CHECK_THROWS_WITH(RunDirectory(folder.path() + "/run", account),
                    Contains("cannot pass through " + folder.path()));
  ::chmod(folder.path().c_str(), 0711);
  CHECK_NOTHROW(RunDirectory(folder.path() + "/run", account));
  make_state_directory(folder.path() + "/state", account);
  struct stat status {};
  REQUIRE(::stat((folder.path() + "/state").c_str(), &status) == 0);
  CHECK(status.st_uid == account.user);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("as root, a folder that is refused as state directory is not given away") {
  if (::geteuid() != 0) return;
  const auto account = posix::find_account("www-data");
  const test::TemporaryDirectory folder;
  ::chmod(folder.path().c_str(), 0711);
  const std::string state = folder.path() + "/state";
  REQUIRE(::mkdir(state.c_str(), 0755) == 0);
  const auto owner_is = [&](uid_t user) {
    struct stat status {};
    return ::stat(state.c_str(), &status) == 0 && status.st_uid == user;
  };
  SECTION("one that others may write") {
    ::chmod(state.c_str(), 01777);
    CHECK_THROWS_WITH(make_state_directory(state, account), Contains("may be written by others"));
    CHECK(owner_is(0));
  }
  SECTION("one that holds files") {
    folder.write("state/kept", "file");
    CHECK_THROWS_WITH(make_state_directory(state, account), Contains("holds files and is root's"));
    CHECK(owner_is(0));
  }
  SECTION("but an empty one is, and stays so with what comes into it") {
    make_state_directory(state, account);
    CHECK(owner_is(account.user));
    folder.write("state/kept", "file");
    CHECK_NOTHROW(make_state_directory(state, account));
  }
}
