#include "lending/recorder.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace stile;
using namespace stile::lending;

namespace {

const std::chrono::steady_clock::time_point began{std::chrono::seconds(77)};

std::uint32_t record(Recorder& recorder, std::string_view id, std::string_view body = "") {
  const auto area = recorder.begin(began, id, "POST", "/api/notes?page=2");
  recorder.header(area, "HOST", "localhost");
  recorder.body(area, body);
  return area;
}

}  // namespace

TEST_CASE("what runs is recorded, and forgotten when it has returned") {
  const auto file = create_recorder(2);
  Recorder recorder(file.get());
  const auto first = record(recorder, "one", "{\"text\": 1}");
  const auto second = record(recorder, "two");
  auto running = read_recorder(file.get()).running;
  REQUIRE(running.size() == 2);
  CHECK(running[0].request_id == "one");
  CHECK(running[0].method == "POST");
  CHECK(running[0].uri == "/api/notes?page=2");
  CHECK(running[0].headers == std::vector<std::string>{"HOST: localhost"});
  CHECK(running[0].body == "{\"text\": 1}");
  CHECK(running[0].body_size == 11);
  CHECK(running[0].began == began.time_since_epoch());
  CHECK_FALSE(running[0].crashed);
  CHECK(running[1].request_id == "two");
  recorder.end(first);
  running = read_recorder(file.get()).running;
  REQUIRE(running.size() == 1);
  CHECK(running[0].request_id == "two");
  recorder.end(second);
  CHECK(read_recorder(file.get()).running.empty());
}

TEST_CASE("a call for which there is no area is not recorded, and the next one is") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  const auto first = record(recorder, "one");
  const auto second = record(recorder, "two");
  CHECK(second == Recorder::no_area);
  recorder.end(second);
  CHECK(read_recorder(file.get()).running.size() == 1);
  recorder.end(first);
  record(recorder, "three");
  CHECK(read_recorder(file.get()).running.at(0).request_id == "three");
}

TEST_CASE("a call that is still being written is not told of") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  recorder.begin(began, "one", "GET", "/");
  CHECK(read_recorder(file.get()).running.empty());
}

TEST_CASE("of a large body the beginning is recorded, and its whole size") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  record(recorder, "one", std::string(most_recorded_body + 5, 'x'));
  const auto running = read_recorder(file.get()).running;
  CHECK(running.at(0).body == std::string(most_recorded_body, 'x'));
  CHECK(running.at(0).body_size == most_recorded_body + 5);
}

TEST_CASE("more headers than there is room for are left out, and the next area is untouched") {
  const auto file = create_recorder(2);
  Recorder recorder(file.get());
  const auto area = recorder.begin(began, "one", "GET", "/");
  const std::string value(10'000, 'v');
  for (int count = 0; count < 20; ++count) recorder.header(area, "X", value);
  recorder.body(area, "body");
  const auto running = read_recorder(file.get()).running;
  REQUIRE(running.size() == 1);
  CHECK(running[0].headers.size() == 9);
  CHECK(running[0].body == "body");
}

TEST_CASE("secrets are masked by whoever reads") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  const auto area = recorder.begin(began, "one", "GET",
                                   "/x?a=1&access_token=s1&%50assword=s2&;API-KEY=s3&b=&secret&token=");
  recorder.header(area, "AUTHORIZATION", "Bearer s4");
  recorder.header(area, "PROXY_AUTHORIZATION", "s4");
  recorder.header(area, "COOKIE", "sid=s5");
  recorder.header(area, "X_AUTH_TOKEN", "s6");
  recorder.header(area, "X_API_KEY", "s7");
  recorder.header(area, "REFERER", "https://a/?token=s8&c=1");
  recorder.header(area, "ACCEPT", "text/plain: and more");
  recorder.body(area, "");
  const auto call = read_recorder(file.get()).running.at(0);
  CHECK(call.uri == "/x?a=1&access_token=***&%50assword=***&;API-KEY=***&b=&secret&token=***");
  CHECK(call.headers == std::vector<std::string>{"AUTHORIZATION: ***", "PROXY_AUTHORIZATION: ***",
                                                 "COOKIE: ***", "X_AUTH_TOKEN: ***", "X_API_KEY: ***",
                                                 "REFERER: https://a/?token=***&c=1",
                                                 "ACCEPT: text/plain: and more"});
}

TEST_CASE("what a function declares as secret is masked too, whatever it is called") {
  const SecretNames secrets{"pin", "X-Pin"};
  CHECK(masked_uri("/x?pin=1&PIN=2&p%69n=3&spin=4", secrets) == "/x?pin=***&PIN=***&p%69n=***&spin=4");
  CHECK(masked_header("X_PIN", "7", secrets) == "X_PIN: ***");
  CHECK(masked_header("X_SPIN", "7", secrets) == "X_SPIN: 7");
  CHECK(masked_header("REFERER", "https://a/?pin=8", secrets) == "REFERER: https://a/?pin=***");
}

TEST_CASE("the call that crashed comes first, with the signal and where it was") {
  const auto file = create_recorder(3);
  Recorder recorder(file.get());
  record(recorder, "one");
  const auto area = record(recorder, "two");
  CHECK(recorder.crash(SIGSEGV, area));
  CHECK_FALSE(recorder.crash(SIGABRT, 0));
  recorder.crash_text("_ZN5stile4failEi+0x12\n");
  recorder.crash_text("main\n");
  const auto recording = read_recorder(file.get());
  CHECK(recording.signal == SIGSEGV);
  CHECK(recording.backtrace == "stile::fail(int)+0x12\nmain\n");
  REQUIRE(recording.running.size() == 2);
  CHECK(recording.running[0].request_id == "two");
  CHECK(recording.running[0].crashed);
  CHECK_FALSE(recording.running[1].crashed);
}

TEST_CASE("a crash outside of any call is told of without one") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  CHECK(recorder.crash(SIGBUS, Recorder::no_area));
  CHECK(read_recorder(file.get()).signal == SIGBUS);
  CHECK(read_recorder(file.get()).running.empty());
}

TEST_CASE("a backtrace is as long as there is room for") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  recorder.crash(SIGSEGV, 0);
  for (int count = 0; count < 1000; ++count) recorder.crash_text(std::string(100, 'x'));
  CHECK(read_recorder(file.get()).backtrace.size() < 40'000);
  CHECK(read_recorder(file.get()).running.empty());
}

TEST_CASE("a name that stands for gigabytes stays as it is") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  recorder.crash(SIGSEGV, 0);
  std::string name = "_Z1f1AIiiE";  // each level twice the one before
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int level = 0; level < 34; ++level) {
    const std::string inner = std::string("S") + digits.at(static_cast<std::size_t>(level)) + "_";
    name += "S_I" + inner + inner + "E";
  }
  recorder.crash_text(name);
  CHECK(read_recorder(file.get()).backtrace == name);
}

TEST_CASE("of an area that is full of the smallest headers no more is read than a request may have") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  const auto area = recorder.begin(began, "one", "GET", "/");
  for (int count = 0; count < 10'000; ++count) recorder.header(area, "", "");
  recorder.body(area, "body");
  const auto call = read_recorder(file.get()).running.at(0);
  CHECK(call.headers.size() == most_recorded_headers);
  CHECK(call.body == "body");
}

TEST_CASE("a query of more names than are looked at keeps no secret behind them") {
  std::string query = "?";
  for (std::size_t count = 0; count < most_masked_pairs; ++count) query += "a=1&";
  CHECK(masked_uri("/x" + query + "token=secret&b=2") == "/x" + query + "***");
  CHECK(masked_uri("/x" + query.substr(0, query.size() - 1)) == "/x" + query.substr(0, query.size() - 1));
}

TEST_CASE("all queries of a call together are looked at no longer than one") {
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  std::string query = "?a=1";
  for (std::size_t count = 2; count < most_masked_pairs; ++count) query += "&a=1";
  const auto area = recorder.begin(began, "one", "GET", "/x" + query);
  for (int count = 0; count < 3; ++count) recorder.header(area, "REFERER", "/y?b=1");
  recorder.body(area, "");
  const auto call = read_recorder(file.get()).running.at(0);
  CHECK(call.uri == "/x" + query);
  CHECK(call.headers == std::vector<std::string>{"REFERER: /y?b=1", "REFERER: /y?***", "REFERER: /y?***"});
}

TEST_CASE("an id that no worker makes is not told of") {
  for (const std::string& id : {std::string("../../etc"), std::string("a\nb"), std::string("a\0b", 3),
                                std::string("a b"), std::string(129, 'x')}) {
    const auto file = create_recorder(1);
    Recorder recorder(file.get());
    record(recorder, id);
    CHECK(read_recorder(file.get()).running.at(0).request_id == "-");
  }
  const auto file = create_recorder(1);
  Recorder recorder(file.get());
  record(recorder, std::string(128, 'x'));
  CHECK(read_recorder(file.get()).running.at(0).request_id == std::string(128, 'x'));
}

TEST_CASE("nobody can change the size of a recorder") {
  const auto file = create_recorder(1);
  CHECK(::ftruncate(file.get(), 0) == -1);
  CHECK(errno == EPERM);
}

TEST_CASE("what is not written takes no memory") {
  const auto file = create_recorder(1024);
  struct stat status {};
  REQUIRE(::fstat(file.get(), &status) == 0);
  CHECK(status.st_blocks * 512 <= 65'536);
}

TEST_CASE("what is no recorder records nothing and tells nothing") {
  const posix::Fd other(::memfd_create("other", MFD_CLOEXEC));
  REQUIRE(::ftruncate(other.get(), 1 << 20) == 0);
  for (const int file : {other.get(), -1}) {
    Recorder recorder(file);
    CHECK(record(recorder, "one") == Recorder::no_area);
    CHECK(recorder.crash(SIGSEGV, 0));
    recorder.crash_text("text");
    CHECK(read_recorder(file).running.empty());
    CHECK(read_recorder(file).signal == 0);
  }
}

TEST_CASE("garbage in the memory of a recorder is cut to what can be") {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    const auto file = create_recorder(70);
    struct stat status {};
    REQUIRE(::fstat(file.get(), &status) == 0);
    std::vector<std::uint32_t> words(static_cast<std::size_t>(status.st_size) / 4);
    for (auto& word : words) word = round % 2 == 0 ? static_cast<std::uint32_t>(random()) : 0xffff'ffffU;
    // All areas say that they run: as head and areas are laid out.
    for (std::size_t at = 32'768; at < static_cast<std::size_t>(status.st_size); at += 98'304)
      words[at / 4] = 2;
    REQUIRE(::pwrite(file.get(), words.data() + 2, words.size() * 4 - 8, 8) > 0);
    const auto recording = read_recorder(file.get());
    CHECK(recording.running.size() == most_recorded_calls);
    for (const auto& call : recording.running) CHECK(call.body.size() <= most_recorded_body);
    Recorder recorder(file.get());  // the writer does not trust it either
    recorder.crash_text("text");
    record(recorder, "one");
  }
}
