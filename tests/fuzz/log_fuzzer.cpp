// Whatever a worker writes to its log pipe: each line of the log names the worker as its source and has no control
// character, and there are no more of them than it wrote.
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "fuzz/fuzzer.hpp"
#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"
#include "supervisor/log_pipe.hpp"

using namespace stile;
using namespace stile::supervisor;

namespace {

constexpr std::size_t longest_input = 32'768;  // fits a pipe

// Standard output, where the log goes, is a file in memory while this lives.
class Captured {
 public:
  Captured() : file_(::memfd_create("log", MFD_CLOEXEC)), before_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(file_.get(), STDOUT_FILENO);
  }
  ~Captured() { ::dup2(before_.get(), STDOUT_FILENO); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() const {
    std::fflush(stdout);
    std::string text(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
    test::require(::pread(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
                  "pread");
    return text;
  }

 private:
  posix::Fd file_;
  posix::Fd before_;
};

// "2026-11-22T19:50:13.123Z warning worker ID TEXT"
void check_line(std::string_view line) {
  test::require(line.size() > 26 && line[10] == 'T' && line[23] == 'Z' && line[24] == ' ',
                "a line has its time");
  line.remove_prefix(25);
  const auto level = line.substr(0, line.find(' '));
  test::require(level == "debug" || level == "info" || level == "warning" || level == "error",
                "and its level");
  line.remove_prefix(level.size() + 1);
  test::require(line.starts_with("worker "), "and its source");
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    const auto next = static_cast<unsigned char>(at + 1 < line.size() ? line[at + 1] : ' ');
    test::require((byte >= 0x20 || byte == '\t') && byte != 0x7f, "and nothing that a terminal would obey");
    test::require(byte != 0xc2 || next < 0x80 || next >= 0xa0, "nor what UTF-8 makes that of");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > longest_input) return 0;
  const auto bytes = test::as_text(data, size);
  static Log log;  // writes on a thread of its own
  const Captured captured;
  {
    EventLoop loop;
    LogPipe pipe(loop, log, "worker", Wording::records);
    // In two parts, so that a line may be divided anywhere.
    const std::size_t first = size == 0 ? 0 : static_cast<std::uint8_t>(bytes.front()) % size;
    for (const auto part : {bytes.substr(0, first), bytes.substr(first)}) {
      test::require(::write(pipe.writer(), part.data(), part.size()) == static_cast<ssize_t>(part.size()),
                    "write");
      const auto tick = loop.after(std::chrono::milliseconds(0), [&] { loop.stop(); });
      loop.run();
    }
    pipe.drain();
  }
  log.line(Severity::info, "fuzzer", "-", "all is written");
  std::string text;
  do {
    ::sched_yield();
    text = captured.text();
  } while (!text.ends_with("fuzzer - all is written\n"));
  text.erase(text.rfind('\n', text.size() - 2) + 1);
  std::string_view left = text;
  std::ptrdiff_t lines = 0;
  for (; !left.empty(); ++lines) {
    const auto line = left.substr(0, left.find('\n'));
    check_line(line);
    left.remove_prefix(line.size() + 1);
  }
  // Its own, the pieces of those that are cut, and what is said of a flood.
  const auto written =
      std::count(bytes.begin(), bytes.end(), '\n') + 1 + static_cast<std::ptrdiff_t>(size / 8192);
  test::require(lines <= written + 1, "no line comes from nothing");
  return 0;
}
