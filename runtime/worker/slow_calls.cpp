#include "worker/slow_calls.hpp"

#include <fmt/core.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <span>
#include <string>

#include "lending/recorder.hpp"
#include "worker/backtrace.hpp"

namespace stile::worker {
namespace {

using Clock = std::chrono::steady_clock;

// Ignored where nobody handles it, so that one that comes late does no harm.
constexpr int place_signal = SIGURG;
// A thread that does not say where it is by then is blocked in the kernel, or has the signal blocked.
constexpr long most_nanoseconds_for_place = 200'000'000;
constexpr std::size_t most_places = 16;
constexpr std::size_t longest_place = 160;

// The answer of one thread at a time: its number while it is asked, then `answers` until `answered` is raised.
constexpr pid_t nobody = 0;
constexpr pid_t answers = -1;
std::atomic<pid_t> asked{nobody};
std::array<void*, most_frames> answer_room;
std::size_t answer_first = 0;
std::size_t answer_size = 0;
sem_t answered;

pid_t own_thread() noexcept { return static_cast<pid_t>(::syscall(SYS_gettid)); }

void say_place(int, siginfo_t*, void* context) noexcept {
  const int before = errno;
  pid_t self = own_thread();
  if (asked.compare_exchange_strong(self, answers)) {
    const auto frames = interrupted_frames(context, answer_room);
    answer_first = static_cast<std::size_t>(frames.data() - answer_room.data());
    answer_size = frames.size();
    ::sem_post(&answered);
  }
  errno = before;
}

bool wait_for_answer(pid_t thread) noexcept {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += most_nanoseconds_for_place;
  if (until.tv_nsec >= 1'000'000'000) {
    until.tv_nsec -= 1'000'000'000;
    ++until.tv_sec;
  }
  int result = -1;
  do {
    result = ::sem_timedwait(&answered, &until);
  } while (result == -1 && errno == EINTR);
  if (result == 0) return true;
  if (asked.compare_exchange_strong(thread, nobody)) return false;
  while (::sem_wait(&answered) == -1) {  // it has just begun to answer
  }
  return true;
}

std::span<void* const> places_of(pid_t thread) {
  asked = thread;
  if (::syscall(SYS_tgkill, ::getpid(), thread, place_signal) == -1 || !wait_for_answer(thread)) {
    asked = nobody;
    return {};
  }
  asked = nobody;
  return std::span<void* const>(answer_room).subspan(answer_first, answer_size);
}

// The function's own frames and what they have called, not who calls it.
std::string describe_places(std::span<void* const> frames) {
  std::string text;
  std::array<char, 512> room{};
  for (std::size_t index = 0; index < std::min(frames.size(), most_places); ++index) {
    std::string place = lending::demangled(describe_frame(frames[index], index == 0, room));
    if (place.find("stile::entry::") != std::string::npos ||
        place.find("stile::Dispatcher::") != std::string::npos)
      break;
    if (place.size() > longest_place) place = place.substr(0, longest_place) + "...";
    text += (text.empty() ? "" : ", ") + place;
  }
  return text;
}

}  // namespace

SlowCalls::SlowCalls(LogSink& log, std::chrono::milliseconds slow) : log_(log), slow_(slow) {
  ::sem_init(&answered, 0, 0);
  struct sigaction action {};
  if (::sigaction(place_signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
    action.sa_sigaction = say_place;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(place_signal, &action, nullptr);
  }
  watcher_ = std::thread([this] { watch(); });
}

SlowCalls::~SlowCalls() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  watcher_.join();
}

SlowCalls::Call::Call(SlowCalls& calls, std::string_view request_id)
    : calls_(calls), request_id_(request_id), due_(Clock::now() + calls.slow_), thread_(own_thread()) {
  const std::lock_guard lock(calls_.mutex_);
  index_ = calls_.calls_.size();
  calls_.calls_.push_back(this);
  // Where it waits for another one's time, that is earlier than this one's.
  if (!calls_.is_idle_) return;
  calls_.is_idle_ = false;
  calls_.changed_.notify_one();
}

SlowCalls::Call::~Call() {
  {
    const std::lock_guard lock(calls_.mutex_);
    calls_.calls_[index_] = calls_.calls_.back();
    calls_.calls_[index_]->index_ = index_;
    calls_.calls_.pop_back();
  }
  const std::lock_guard lock(being_told_);
}

void SlowCalls::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto later = [](const Call* a, const Call* b) {
      return a->is_told_ != b->is_told_ ? b->is_told_ : a->due_ < b->due_;
    };
    const auto next = std::min_element(calls_.begin(), calls_.end(), later);
    if (next == calls_.end() || (*next)->is_told_) {
      is_idle_ = true;
      changed_.wait(lock, [this] { return stopping_ || !is_idle_; });
    } else if (const auto due = (*next)->due_; due > Clock::now()) {
      changed_.wait_until(lock, due);
    } else {
      Call& call = **next;
      call.is_told_ = true;
      std::unique_lock held(call.being_told_);
      lock.unlock();
      tell(call);
      held.unlock();
      lock.lock();
    }
  }
}

void SlowCalls::tell(const Call& call) const {
  const std::string places = describe_places(places_of(call.thread_));
  log_.write(
      Level::warning, call.request_id_,
      fmt::format("runs for more than {} ms{}{}", slow_.count(), places.empty() ? "" : ", in: ", places));
}

}  // namespace stile::worker
