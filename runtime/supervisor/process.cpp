#include "supervisor/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/close_range.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "posix/error.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): not every libc declares it

namespace stile::supervisor {
namespace {

// All that the child needs between vfork and exec, made before: it has our memory, and must not allocate.
struct Prepared {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<std::pair<int, int>> files;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));  // execve's own type
  result.push_back(nullptr);
  return result;
}

// Want of memory, processes or descriptors, a file that is being written: it may be over soon.
bool may_pass(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE || error == ETXTBSY;
}

[[noreturn]] void give_up(const char* step) noexcept {
  const int code = may_pass(errno) ? not_executed_now : not_executed;
  const char* reason = ::strerrordesc_np(errno);
  for (const char* part :
       {"cannot start the process: ", step, ": ", reason == nullptr ? "unknown error" : reason, "\n"}) {
    if (::write(STDERR_FILENO, part, std::strlen(part)) == -1) break;
  }
  // Not _exit(): ThreadSanitizer's writes out what our parent has buffered.
  ::syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

// Moves the descriptors out of the way of the numbers that they shall get, then to these.
bool place_files(std::vector<std::pair<int, int>>& files) noexcept {
  constexpr int beyond = 64;
  for (auto& [from, to] : files) {
    from = ::fcntl(from, F_DUPFD_CLOEXEC, beyond);
    if (from == -1) return false;
  }
  return std::all_of(files.begin(), files.end(),
                     [](auto& file) { return ::dup2(file.first, file.second) != -1; });
}

// What came from our own parent without close-on-exec is nobody's business. 0, 1 and 2 are never left free:
// the next file that is opened would become standard output.
bool close_others(const std::vector<std::pair<int, int>>& files) noexcept {
  int last = STDERR_FILENO;
  for (const auto& file : files) last = std::max(last, file.second);
  for (int number = 0; number <= last; ++number) {
    const auto is_this = [&](const auto& file) { return file.second == number; };
    if (std::any_of(files.begin(), files.end(), is_this)) continue;
    ::close(number);
    if (number <= STDERR_FILENO && ::open("/dev/null", O_RDWR) != number) return false;
  }
  ::syscall(SYS_close_range, last + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  return true;
}

// Rather than its neighbours, nginx, or we ourselves. Where it can't be said, so be it.
void offer_to_oom_killer() noexcept {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file == -1) return;
  if (::write(file, "500", 3) == -1) errno = 0;
  ::close(file);
}

// Written by the child, which has our memory: we are not told its number before we go on.
std::atomic<pid_t> starting{0};

[[noreturn]] void run_child(const Command& command, Prepared& prepared) noexcept {
  starting = ::getpid();
  ::setsid();
  if (command.is_first_to_die) offer_to_oom_killer();
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int executable = ::fcntl(command.executable, F_DUPFD_CLOEXEC, 64);
  if (executable == -1 || !place_files(prepared.files)) give_up("descriptors");
  if (!close_others(prepared.files)) give_up("/dev/null");
  if (command.account != nullptr && !posix::become(*command.account)) give_up(command.account->name.c_str());
  if (::chdir(command.working_directory.c_str()) == -1) give_up(command.working_directory.c_str());
  ::syscall(SYS_execveat, executable, "", prepared.arguments.data(), prepared.environment.data(),
            AT_EMPTY_PATH);
  give_up("exec");
}

}  // namespace

std::string Ending::text() const {
  if (!is_known) return "something that nobody saw";
  if (signal == 0) return fmt::format("exit code {}", code);
  const char* name = ::sigdescr_np(signal);
  return fmt::format("signal {} ({})", signal, name == nullptr ? "unknown" : name);
}

Process::Process(EventLoop& loop, const Command& command, OnEnd on_end) : on_end_(std::move(on_end)) {
  Prepared prepared{pointers(command.arguments), pointers(command.environment), command.files};
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  // It has our memory until it executes, and we wait for that: a copy of what maps thousands of routes takes longer than all
  // else of a start, and each page of it once more when we next write there.
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): run_child() never returns, and changes nothing of ours
  pid_ = ::vfork();
  if (pid_ == 0) run_child(command, prepared);
  starting = 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  posix::check(pid_, "vfork");
  try {
    pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    posix::check(pidfd_.get(), "pidfd_open");
    watch_end(loop);
  } catch (...) {  // nobody would hear of its end, and a worker would go on as one whose supervisor has died
    ::kill(pid_, SIGKILL);
    reap();
    throw;
  }
}

pid_t Process::being_started() { return starting; }

Process::Process(EventLoop& loop, pid_t pid, posix::Fd pidfd, OnEnd on_end)
    : pid_(pid), is_child_(false), pidfd_(std::move(pidfd)), on_end_(std::move(on_end)) {
  watch_end(loop);
}

void Process::watch_end(EventLoop& loop) {
  watch_ = loop.watch(pidfd_.get(), EPOLLIN, [this](std::uint32_t) {
    const Ending ending = reap();
    const OnEnd report = std::move(on_end_);
    report(ending);  // may end this object
  });
}

Process::~Process() {
  if (pid_ == -1) return;
  signal(SIGKILL);
  reap();
}

void Process::signal(int number) const {
  if (pid_ != -1) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

Ending Process::reap() {
  if (!is_child_) {
    pid_ = -1;
    watch_ = {};
    return {0, 0, false};
  }
  // While it is a zombie its number cannot be another's: so its process group is killed before it is reaped.
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) == -1 && errno == EINTR) {
  }
  ::kill(-pid_, SIGKILL);
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) == -1 && errno == EINTR) {
  }
  pid_ = -1;
  watch_ = {};
  if (info.si_code == CLD_EXITED) return {info.si_status, 0, true};
  return {0, info.si_status, true};
}

std::vector<std::string> environment_of_function(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 9> always{"PATH",          "TZ",           "TMPDIR",
                                                          "LANG",          "LANGUAGE",     "ASAN_OPTIONS",
                                                          "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    if (name.starts_with("LC_") || std::count(always.begin(), always.end(), name) != 0 ||
        std::count(names.begin(), names.end(), name) != 0)
      result.emplace_back(text);
  }
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::string>& additions,
                                          const std::vector<std::string>& without) {
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> result = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const auto same = [&](const std::string& other) { return name_of(other) == name_of(*entry); };
    if (std::none_of(additions.begin(), additions.end(), same) &&
        std::none_of(without.begin(), without.end(), same)) {
      result.emplace_back(*entry);
    }
  }
  return result;
}

}  // namespace stile::supervisor
