#include "worker/crash.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string_view>

#include "worker/backtrace.hpp"
#include "worker/running_call.hpp"

namespace stile::worker {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitizer_watches = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitizer_watches = true;
#else
constexpr bool sanitizer_watches = false;
#endif
#else
constexpr bool sanitizer_watches = false;
#endif

constexpr std::array<int, 5> crash_signals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr unsigned longest_report = 2;  // seconds, then it ends without
constexpr std::size_t crash_stack_size = 64 * 1024;
constexpr std::size_t guard_size = 4096;

lending::Recorder* crash_recorder = nullptr;
CrashReport crash_report = CrashReport::recorded;
pid_t crash_owner = 0;
std::atomic<bool> has_crashed{false};

void say_crash(std::string_view text) noexcept {
  if (crash_report == CrashReport::recorded) return crash_recorder->crash_text(text);
  if (::write(STDERR_FILENO, text.data(), text.size()) == -1) return;  // nobody is left to tell
}

std::string_view name_of(int signal) noexcept {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "?" : name;
}

void report_crash(int signal, void* context) noexcept {
  const CurrentCall& call = current_call();
  crash_recorder->crash(signal, call.area);
  if (crash_report == CrashReport::on_stderr) {
    for (const std::string_view part : {std::string_view("crashed by SIG"), name_of(signal)}) say_crash(part);
    if (!call.request_id.empty()) {
      for (const std::string_view part : {std::string_view(" in the request "), call.request_id})
        say_crash(part);
    }
    say_crash(", at:\n");
  }
  std::array<void*, most_frames> room{};
  std::array<char, 512> text{};
  const auto frames = interrupted_frames(context, room);
  for (std::size_t index = 0; index < frames.size(); ++index) {
    // Of a recursion without end one is enough.
    if (index > 1 && frames[index] == frames[index - 1] && index + 1 < frames.size()) continue;
    say_crash(describe_frame(frames[index], index == 0, text));
    say_crash("\n");
  }
}

void let_die_of(int signal) noexcept {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(signal, &usual, nullptr);
  ::raise(signal);  // blocked until the handler returns: a core shows where it crashed, not this
}

// However long the report takes, or whatever it waits for: what is broken may be what it needs.
void limit_report() noexcept {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGALRM, &usual, nullptr);
  sigset_t alarms;
  ::sigemptyset(&alarms);
  ::sigaddset(&alarms, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarms, nullptr);
  ::alarm(longest_report);
}

void on_crash(int signal, siginfo_t*, void* context) noexcept {
  // A child that the function forked has its parent's recorder, and is none of a supervisor's business.
  if (::getpid() != crash_owner) return let_die_of(signal);
  if (has_crashed.exchange(true)) {
    while (true) ::pause();  // the thread that was first ends all
  }
  limit_report();
  report_crash(signal, context);
  let_die_of(signal);
}

}  // namespace

void watch_for_crashes(lending::Recorder& recorder, CrashReport report) {
  crash_recorder = &recorder;
  crash_report = report;
  crash_owner = ::getpid();
  if (sanitizer_watches) return;
  for (const int signal : crash_signals) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == -1 || action.sa_handler != SIG_DFL) continue;
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigfillset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

CrashStack::CrashStack() noexcept {
  if (sanitizer_watches) return;
  stack_t now{};
  if (::sigaltstack(nullptr, &now) == -1 || (now.ss_flags & SS_DISABLE) == 0) return;
  void* memory = ::mmap(nullptr, guard_size + crash_stack_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  ::mprotect(memory, guard_size, PROT_NONE);
  stack_t stack{};
  stack.ss_sp = static_cast<char*>(memory) + guard_size;
  stack.ss_size = crash_stack_size;
  if (::sigaltstack(&stack, nullptr) == -1) {
    ::munmap(memory, guard_size + crash_stack_size);
    return;
  }
  memory_ = memory;
}

CrashStack::~CrashStack() {
  if (memory_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(memory_, guard_size + crash_stack_size);
}

}  // namespace stile::worker
