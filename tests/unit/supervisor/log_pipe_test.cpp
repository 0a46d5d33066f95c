// What a child writes, as the server's standard output shows it. The log writes to this process's descriptor
// 1, which is a file for as long as a test runs.
#include "supervisor/log_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <regex>
#include <string>

using namespace stile;
using namespace stile::supervisor;
using namespace std::chrono_literals;

namespace {

// Runs `story` with standard output in a file, and returns what was written there.
std::string output_of(const std::function<void(EventLoop&, Log&)>& story) {
  std::string name = "/tmp/stile-log-XXXXXX";
  const posix::Fd file(::mkstemp(name.data()));
  std::fflush(stdout);
  const posix::Fd before(::dup(STDOUT_FILENO));
  ::dup2(file.get(), STDOUT_FILENO);
  {
    EventLoop loop;
    Log log;
    story(loop, log);
  }
  std::fflush(stdout);
  ::dup2(before.get(), STDOUT_FILENO);
  std::ifstream in(name);
  ::unlink(name.c_str());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with_pipe(Wording wording, const std::string& text) {
  return output_of([&](EventLoop& loop, Log& log) {
    LogPipe pipe(loop, log, "notes/{id}", wording);
    REQUIRE(::write(pipe.writer(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    pipe.drain();
  });
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a tagged record becomes a line with time, level, function and request id") {
  const auto text = with_pipe(Wording::records, "\x1eWabc-123\tno room\n");
  CHECK(std::regex_match(
      text,
      std::regex(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z warning notes/\\{id\\} abc-123 no room\n")));
}

TEST_CASE("what a function's process wrote by itself is a line without an id") {
  const auto text = with_pipe(Wording::records,
                              "plain\n\x1e"
                              "broken record\nlast without end");
  CHECK(text.find("info notes/{id} - plain\n") != std::string::npos);
  CHECK(text.find("info notes/{id} - \\x1ebroken record\n") != std::string::npos);
  CHECK(text.find("info notes/{id} - last without end\n") != std::string::npos);
}

TEST_CASE("control characters cannot forge lines or move a terminal's cursor") {
  const auto text = with_pipe(Wording::records, "\x1eIid\ta\x1b[2Jb\rc\n");
  CHECK(text.find("a\\x1b[2Jb\\x0dc\n") != std::string::npos);
}

TEST_CASE("a line without an end is cut, not kept") {
  const auto text = with_pipe(Wording::records, std::string(20'000, 'x') + "\n");
  CHECK(count(text, "\n") == 3);
  CHECK(count(text, "x") == 20'000);
}

TEST_CASE("nginx's access log passes as it is") {
  CHECK(with_pipe(Wording::raw, "{\"status\":200}\n{\"status\":404}\n") ==
        "{\"status\":200}\n{\"status\":404}\n");
}

TEST_CASE(
    "of nginx's error log warnings and errors are shown, but for what is refused while no function comes "
    "up") {
  const auto text =
      with_pipe(Wording::nginx,
                "2026/11/22 19:50:13 [notice] 7#7: using inherited sockets\n"
                "2026/11/22 19:50:13 [warn] 7#7: a body is buffered\n"
                "2026/11/22 19:50:13 [crit] 7#7: *1 connect() to unix:/run/x.sock failed (2: No such file "
                "or directory) while connecting to upstream, client: 127.0.0.1\n"
                "2026/11/22 19:50:13 [error] 7#7: *1 upstream closed\n");
  CHECK(count(text, "\n") == 2);
  CHECK(text.find("Z warning notes/{id} - 2026/11/22 19:50:13 [warn]") != std::string::npos);
  CHECK(text.find("Z error notes/{id} - 2026/11/22 19:50:13 [error]") != std::string::npos);
}

TEST_CASE("a function that floods its log loses lines, and one line says so") {
  const auto text = output_of([](EventLoop& loop, Log& log) {
    LogPipe pipe(loop, log, "noisy", Wording::records);
    std::string lines;
    for (int i = 0; i < 10'000; ++i) lines += "line\n";
    const auto written = ::write(pipe.writer(), lines.data(), lines.size());
    REQUIRE(written > 10'000);
    const auto stop = loop.after(50ms, [&] { loop.stop(); });
    loop.run();
  });
  CHECK(count(text, "noisy - line\n") >= 900);
  CHECK(count(text, "noisy - line\n") <= 1'100);
  CHECK(count(text, "some are lost") == 1);
}
