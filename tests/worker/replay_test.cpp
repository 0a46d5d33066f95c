// The request of a crash, run again by its worker.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "manifest/crash_file.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

CrashFile crash_of_bytes() {
  CrashFile crash;
  crash.function = "bytes";
  crash.request_id = "the-one";
  crash.method = "POST";
  crash.uri = "/api/bytes";
  crash.headers = {"CONTENT_TYPE: application/octet-stream", "X_TRACE: 1"};
  crash.body = std::string("with a \0 and \xff in it", 20);
  crash.body_size = crash.body.size();
  return crash;
}

struct Replayed {
  TemporaryDirectory directory;
  std::string file;
  explicit Replayed(const std::string& text) : file(directory.write("crash.json", text)) {
    ::chmod(file.c_str(), 0600);
  }
  explicit Replayed(const CrashFile& crash) : Replayed(print_crash_file(crash)) {}
  Outcome by(const std::string& function) const { return run({worker_program(function), "--replay", file}); }
};

TEST_CASE("a request that was written down is run again") {
  const Outcome outcome = Replayed(crash_of_bytes()).by("bytes");
  CHECK(outcome.exit.clean());
  CHECK(outcome.out.find("HTTP/1.1 200 OK\r\n") == 0);
  CHECK(outcome.out.find("\r\n\r\n" + crash_of_bytes().body) != std::string::npos);
}

TEST_CASE("a request whose body was cut is run with what there is, and says so") {
  auto crash = crash_of_bytes();
  crash.body_size = 50'000;
  const Outcome outcome = Replayed(crash).by("bytes");
  CHECK(outcome.exit.clean());
  CHECK(outcome.err ==
        "warning the-one: of the body's 50000 bytes only the first 20 are known: the request is run with "
        "these\n");
}

#ifndef STILE_TEST_SANITIZED
TEST_CASE("a crash can be had again in the terminal") {
  auto crash = crash_of_bytes();
  crash.function = "crashing";
  crash.uri = "/api/crashing";
  crash.body = "pointer";
  crash.headers.clear();
  crash.body_size = crash.body.size();
  const Outcome outcome = Replayed(crash).by("crashing");
  CHECK(outcome.exit.signal == SIGSEGV);
  CHECK(outcome.err.find("crashed by SIGSEGV in the request the-one, at:\n") == 0);
}
#endif

TEST_CASE("what is not to be replayed is refused in one line") {
  const auto refused = [](const Outcome& outcome) {
    CHECK(outcome.exit.code == 1);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  const auto ends = [](const std::string& text) { return Catch::Matchers::EndsWith(text + "\n"); };
  auto crash = crash_of_bytes();
  {
    const Replayed replayed(crash);
    ::chmod(replayed.file.c_str(), 0620);
    CHECK_THAT(refused(replayed.by("bytes")),
               ends("crash.json: can be written by others: chmod go-w if you trust it"));
    ::chmod(replayed.file.c_str(), 0602);
    CHECK_THAT(refused(replayed.by("bytes")),
               ends("crash.json: can be written by others: chmod go-w if you trust it"));
  }
  CHECK_THAT(refused(Replayed(crash).by("gate")), ends("crash.json: tells of bytes, and this is gate"));
  crash.method.clear();
  CHECK_THAT(refused(Replayed(crash).by("bytes")), ends("crash.json: tells of no request: none was running"));
  CHECK_THAT(refused(Replayed("{}").by("bytes")),
             ends("crash.json: is no crash file: \"function\" is missing"));
  CHECK_THAT(refused(run({worker_program("bytes"), "--replay", "/nowhere"})),
             ends("bytes: /nowhere: No such file or directory"));
  CHECK_THAT(refused(run({worker_program("bytes"), "--replay", "/"})), ends("bytes: /: is no file"));
}

}  // namespace
}  // namespace stile::test
