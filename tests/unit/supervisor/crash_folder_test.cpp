#include "supervisor/crash_folder.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>

#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

CrashFile crash_at(std::chrono::system_clock::time_point time) {
  CrashFile crash;
  crash.function = "notes/{id}";
  crash.time = time;
  crash.request_id = "0123456789abcdef";
  crash.method = "POST";
  crash.uri = "/api/notes/7";
  crash.body = "text";
  crash.body_size = 4;
  return crash;
}

std::size_t count(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("a crash is kept in a file for its owner alone, and can be read again") {
  const test::TemporaryDirectory directory;
  const CrashFolder folder(directory.file("crashes"));
  const auto file =
      folder.keep(crash_at(std::chrono::system_clock::time_point(1'700'000'000'123ms)), "notes.id");
  CHECK(file == directory.file("crashes") + "/20231114T221320.123-notes.id-01234567.json");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  REQUIRE(::stat(directory.file("crashes").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700U);
  const auto crash = parse_crash_file(test::read_file(file));
  CHECK(crash.function == "notes/{id}");
  CHECK(crash.uri == "/api/notes/7");
  CHECK(crash.body == "text");
}

TEST_CASE("the last twenty are kept, and none for longer than a week") {
  const test::TemporaryDirectory directory;
  const CrashFolder folder(directory.file("crashes"));
  const auto now = std::chrono::system_clock::now();
  std::string last;
  for (int i = 0; i < 30; ++i) last = folder.keep(crash_at(now + i * 1s), "hello");
  CHECK(count(directory.file("crashes")) == 20);
  CHECK(fs::exists(last));
  for (const auto& entry : fs::directory_iterator(directory.file("crashes")))
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - 8 * 24h);
  folder.keep(crash_at(now + 60s), "hello");
  CHECK(count(directory.file("crashes")) == 1);
}

TEST_CASE("nothing is kept where it is not wanted, or can't be written") {
  const test::TemporaryDirectory directory;
  CHECK(CrashFolder("").keep(crash_at({}), "hello").empty());
  CHECK(CrashFolder("/proc/nowhere").keep(crash_at({}), "hello").empty());
}
