#include "cli/kept_log.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "posix/failure.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::cli;
namespace fs = std::filesystem;

namespace {

std::string all_of(const std::string& folder, const std::string& source = {}) {
  std::string text;
  read_kept_log(folder, source, false, [&](std::string_view lines) { text += lines; });
  return text;
}

// Follows a log on a thread of its own, which ends once the folder has gone.
class Follower {
 public:
  explicit Follower(const std::string& folder)
      : thread_([this, folder] {
          read_kept_log(folder, "", true, [this](std::string_view lines) {
            const std::lock_guard lock(mutex_);
            text_ += lines;
            changed_.notify_all();
          });
        }) {}
  ~Follower() { thread_.join(); }
  bool has_come_to(const std::string& expected) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, test::patience, [&] { return text_.size() >= expected.size(); });
    CHECK(text_ == expected);
    return came;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::thread thread_;
};

void append(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

}  // namespace

TEST_CASE("A line is of the source that its third word names") {
  CHECK(is_line_of("2026-01-01T00:00:00.000Z info hello 7f hi\n", "hello"));
  CHECK_FALSE(is_line_of("2026-01-01T00:00:00.000Z info hello/{name} 7f hi\n", "hello"));
  CHECK_FALSE(is_line_of("2026-01-01T00:00:00.000Z info stile - hello hi\n", "hello"));
  CHECK_FALSE(is_line_of("ready: http://127.0.0.1:8080\n", "hello"));
  CHECK_FALSE(is_line_of("a b hello", "hello"));
}

TEST_CASE("The log is both files, the older one first, or of them the lines of one function") {
  const test::TemporaryDirectory directory;
  directory.write("log.1", "T info hello - one\nT info notes - two\n");
  directory.write("log", "T info hello - three\n");
  CHECK(all_of(directory.path()) == "T info hello - one\nT info notes - two\nT info hello - three\n");
  CHECK(all_of(directory.path(), "hello") == "T info hello - one\nT info hello - three\n");
  CHECK(all_of(directory.path(), "other").empty());
}

TEST_CASE("Where there is no log that is said") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_WITH(all_of(directory.path()), Catch::Contains("--run-dir"));
  CHECK_THROWS_AS(read_kept_log("/nonexistent", "", true, [](std::string_view) {}), Failure);
}

TEST_CASE("A log is followed over a change of files, and nothing is lost or told twice") {
  test::TemporaryDirectory directory;
  fs::create_directory(directory.file("run"));
  const auto log = directory.file("run/log");
  append(log, "one\n");
  {
    Follower follower(directory.file("run"));
    std::string expected = "one\n";
    CHECK(follower.has_come_to(expected));
    for (int round = 0; round < 3; ++round) {
      append(log, "more\nha");
      expected += "more\n";
      CHECK(follower.has_come_to(expected));  // a line only once it is whole
      append(log, "lf\n");
      fs::rename(log, log + ".1");
      append(log, "next\n");
      expected += "half\nnext\n";
      CHECK(follower.has_come_to(expected));
    }
    fs::remove_all(directory.file("run"));
  }
}
