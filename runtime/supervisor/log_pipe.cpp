#include "supervisor/log_pipe.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "posix/error.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

constexpr double lines_per_second = 500;
constexpr double burst = 1000;
constexpr auto gathering = 10ms;
constexpr std::size_t longest_line = 8192;
constexpr std::size_t longest_last_line = 300;

Severity severity_of(char letter) {
  switch (letter) {
    case 'D':
      return Severity::debug;
    case 'W':
      return Severity::warning;
    case 'E':
      return Severity::error;
    default:
      return Severity::info;
  }
}

// "2026/11/22 19:50:13 [warn] 7#7: ...": its level, or an error where it names none.
Severity severity_of_nginx(std::string_view line) {
  if (line.find("[notice]") != line.npos || line.find("[info]") != line.npos) return Severity::info;
  return line.find("[warn]") != line.npos ? Severity::warning : Severity::error;
}

// A line for each request that is refused while a function does not come up (slot_runner.cpp), which the access log has too.
bool is_of_refusal(std::string_view line) {
  return line.find(" failed (2: No such file or directory) while connecting to upstream") != line.npos;
}

}  // namespace

LogPipe::LogPipe(EventLoop& loop, Log& log, std::string source, Wording wording, const std::string& fifo)
    : loop_(loop), log_(log), source_(std::move(source)), wording_(wording), tokens_(burst) {
  constexpr int flags = O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  if (fifo.empty()) {
    std::array<int, 2> ends{};
    posix::check(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), "pipe2");
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  } else {
    if (::mkfifo(fifo.c_str(), 0600) == -1 && errno != EEXIST) posix::throw_errno("mkfifo");
    reader_.reset(posix::check(::open(fifo.c_str(), O_RDONLY | flags), "open the FIFO of a log"));
    writer_.reset(posix::check(::open(fifo.c_str(), O_WRONLY | flags), "open the FIFO of a log"));
  }
  // nginx opens its access log anew, and so without O_NONBLOCK: room for a few thousand lines while we are
  // away.
  if (wording_ == Wording::raw) ::fcntl(writer_.get(), F_SETPIPE_SZ, 1 << 20);
  watch();
}

void LogPipe::watch() {
  watch_ = loop_.watch(reader_.get(), EPOLLIN, [this](std::uint32_t) {
    read_some();
    gather();
  });
}

// A line for each of many requests a second: then they are read some at a time, each of which is no turn of its own.
void LogPipe::gather() {
  const auto now = Clock::now();
  const bool is_busy = now - last_read_ < gathering;
  last_read_ = now;
  if (!watch_ || !is_busy) return;
  watch_.rearm(0);
  resume_ = loop_.after(gathering, [this] {
    if (watch_) watch_.rearm(EPOLLIN);
  });
}

void LogPipe::read_some() {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  const auto size = ::read(reader_.get(), buffer.data(), buffer.size());
  if (size == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    watch_ = {};
    return;
  }
  text_.append(buffer.data(), static_cast<std::size_t>(size));
  take_lines();
}

void LogPipe::take_lines() {
  if (wording_ == Wording::raw) {
    const auto end = text_.rfind('\n');
    if (end == std::string::npos) return;
    log_.raw(std::string_view(text_).substr(0, end + 1));
    text_.erase(0, end + 1);
    return;
  }
  std::size_t begin = 0;
  bool within_bound = true;
  while (begin < text_.size() && within_bound) {
    const auto newline = text_.find('\n', begin);
    const auto length = std::min(newline, text_.size()) - begin;
    if (newline == std::string::npos && length < longest_line) break;
    if (length > 0) write_line(std::string_view(text_).substr(begin, std::min(length, longest_line)));
    begin += length > longest_line ? longest_line : length + 1;  // what is longer is cut
    within_bound = spend();
  }
  text_.erase(0, begin);
  if (!within_bound) pause();
}

void LogPipe::write_line(std::string_view line) {
  if (wording_ == Wording::records && line.size() > 2 && line.front() == '\x1e') {
    const auto tab = line.find('\t');
    if (tab != std::string_view::npos) {
      last_line_ = line.substr(tab + 1, longest_last_line);
      return log_.line(severity_of(line[1]), source_, line.substr(2, tab - 2), line.substr(tab + 1));
    }
  }
  const auto severity = wording_ == Wording::nginx ? severity_of_nginx(line) : Severity::info;
  // nginx's notices are about its own ways: that it has inherited a socket, that a process has ended.
  if (wording_ == Wording::nginx && (severity == Severity::info || is_of_refusal(line))) return;
  last_line_ = line.substr(0, longest_last_line);
  log_.line(severity, source_, "-", line);
}

bool LogPipe::spend() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - refilled_;
  refilled_ = now;
  tokens_ = std::min(burst, tokens_ + passed.count() * lines_per_second) - 1;
  return tokens_ > 0;
}

void LogPipe::pause() {
  // The writer's end is full soon, and what does not fit is lost there, at the cost of the one who floods.
  if (!watch_) return;
  watch_ = {};
  text_.clear();
  log_.line(Severity::warning, source_, "-",
            fmt::format("writes more than {:.0f} lines a second: some are lost", lines_per_second));
  resume_ = loop_.after(1s, [this] {
    tokens_ = std::max(tokens_, lines_per_second);
    watch();
  });
}

void LogPipe::drain() {
  writer_.reset();
  for (int rounds = 0; rounds < 16 && watch_; ++rounds) {
    const auto before = text_.size();
    read_some();
    if (text_.size() == before && errno == EAGAIN) break;
  }
  if (!text_.empty() && wording_ != Wording::raw) write_line(text_);
  text_.clear();
  watch_ = {};
}

}  // namespace stile::supervisor
