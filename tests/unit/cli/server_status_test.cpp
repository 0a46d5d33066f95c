#include "cli/server_status.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "posix/failure.hpp"
#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::cli;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json slot(const std::string& state, pid_t pid, const std::string& counters) {
  return {{"state", state}, {"pid", pid},   {"counters", counters},     {"leaving", json::array()},
          {"restarts", 2},  {"crashes", 1}, {"last_crash", "signal 11"}};
}

json answer_with(json slots) {
  return {{"ok", true},
          {"message", ""},
          {"functions", {{{"name", "hello"}, {"path", "/api/hello"}, {"slots", std::move(slots)}}}}};
}

// A run directory with a file of counters in which so many calls have ended.
class RunDirectory {
 public:
  RunDirectory() { std::filesystem::create_directory(directory_.file("workers")); }
  const std::string& path() const { return directory_.path(); }
  std::string counters(const std::string& name, int calls) const {
    auto path = directory_.file("workers/" + name);
    const auto file = lending::create_counters(path);
    lending::Counters counters(file.get());
    for (int i = 0; i < calls; ++i) {
      counters.call_begins(std::chrono::steady_clock::now());
      counters.call_ends(std::chrono::steady_clock::now(), 1ms);
    }
    return path;
  }
  const test::TemporaryDirectory& directory() const { return directory_; }

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("The slots of a function are taken together") {
  const RunDirectory run;
  const auto answer = answer_with({slot("ready", ::getpid(), run.counters("hello@0.7", 3)),
                                   slot("cold", 0, ""), slot("ready", 0, run.counters("hello@2.8", 4))});
  const auto all = measure(parse_reports(answer), run.path());
  REQUIRE(all.size() == 1);
  const auto& hello = all.front();
  CHECK(hello.name == "hello");
  CHECK(hello.path == "/api/hello");
  CHECK(hello.state == "ready");
  CHECK(hello.instances == 3);
  CHECK(hello.up == 2);
  CHECK(hello.counts.answered == 7);
  CHECK(hello.counts.percentile(0.5) >= 1ms);
  CHECK(hello.restarts == 6);
  CHECK(hello.crashes == 3);
  CHECK(hello.last_crash == "signal 11");
  REQUIRE(hello.usage);
  CHECK(hello.usage->memory > 100'000);  // this test's own
  CHECK(hello.usage->age > 0ms);
}

TEST_CASE("The state that says most of a function is shown") {
  const auto state_of = [](json slots) {
    return measure(parse_reports(answer_with(std::move(slots))), "/nonexistent").front().state;
  };
  CHECK(state_of({slot("cold", 0, ""), slot("ready", 0, "")}) == "ready");
  CHECK(state_of({slot("ready", 0, ""), slot("backing off", 0, ""), slot("cold", 0, "")}) == "backing off");
}

TEST_CASE("A file of counters is one of the run directory, whatever its name says") {
  const RunDirectory run;
  const RunDirectory other;
  const auto elsewhere = other.counters("hello@0.7", 3);
  const auto requests_of = [&](const std::string& counters) {
    const auto reports = parse_reports(answer_with({slot("ready", 0, counters)}));
    return measure(reports, run.path()).front().counts.answered;
  };
  CHECK(requests_of(elsewhere) == 0);
  CHECK(requests_of("../../" + elsewhere) == 0);
  REQUIRE(::symlink(elsewhere.c_str(), run.directory().file("workers/link").c_str()) == 0);
  CHECK(requests_of("link") == 0);
  REQUIRE(::mkfifo(run.directory().file("workers/pipe").c_str(), 0600) == 0);
  CHECK(requests_of("pipe") == 0);  // and it does not wait for a writer
  CHECK(requests_of("..") == 0);
}

TEST_CASE("What is no status of a server is refused") {
  CHECK_THROWS_AS(parse_reports({{"ok", true}}), Failure);
  CHECK_THROWS_AS(parse_reports(answer_with({{{"state", "ready"}}})), Failure);
  CHECK_THROWS_AS(parse_reports(answer_with(slot("ready", 1, ""))), Failure);
}

TEST_CASE("Without a server the files of counters say what there is") {
  const RunDirectory run;
  run.counters("notes.id@0.7", 1);
  run.counters("notes.id@1.9", 2);
  run.counters("hello@0.8", 5);
  const auto all = measure(reports_of_files(run.path()), run.path());
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "hello");
  CHECK(all[0].counts.answered == 5);
  CHECK(all[1].name == "notes.id");
  CHECK(all[1].counts.answered == 3);
  CHECK(all[1].state.empty());
  CHECK_FALSE(all[1].usage);  // whose pids these are nobody knows
  CHECK(reports_of_files("/nonexistent").empty());
}
