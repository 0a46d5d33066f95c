// The reading end of what a child writes: cut into lines, bounded in rate, handed to the log. Knows the form
// of tagged records (docs/architecture.md, "Log pipe"). One thread.
#pragma once

#include <string>
#include <string_view>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"

namespace stile::supervisor {

enum class Wording {
  records,  ///< a worker's: tagged records, and plain lines where it wrote by itself
  nginx,    ///< nginx's error log: what is a warning or worse
  raw,      ///< whole lines for the log as they are, without bound: nginx's access log
};

class LogPipe {
 public:
  /// Makes the pipe; both ends are non-blocking, so that neither side ever waits for the other.
  /// With a `fifo` it has that name, so that one who writes to it can be heard by the next supervisor too. Throws
  /// std::system_error.
  LogPipe(EventLoop& loop, Log& log, std::string source, Wording wording, const std::string& fifo = {});

  /// The end for the child; borrowed. close_writer() once the child has it.
  int writer() const { return writer_.get(); }
  void close_writer() { writer_.reset(); }
  /// Takes what is there at once: the child has ended.
  void drain();
  /// What it has written last, without its tag; cut.
  const std::string& last_line() const { return last_line_; }

 private:
  void watch();
  void read_some();
  void gather();
  void take_lines();
  void write_line(std::string_view line);
  bool spend();
  void pause();

  EventLoop& loop_;
  Log& log_;
  std::string source_;
  Wording wording_;
  posix::Fd reader_;
  posix::Fd writer_;
  std::string text_;  // read, not yet a whole line
  std::string last_line_;
  double tokens_;
  Clock::time_point refilled_ = Clock::now();
  Clock::time_point last_read_{};
  EventLoop::Watch watch_;
  EventLoop::Timer resume_;
};

}  // namespace stile::supervisor
