#include "supervisor/stall_guard.hpp"

#include <csignal>

#include "supervisor/process.hpp"

namespace stile::supervisor {
namespace {

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

int interruption() { return SIGRTMIN + 1; }

void set_mask(int how, int number) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, number);
  ::pthread_sigmask(how, &set, nullptr);
}

}  // namespace

StallGuard::StallGuard(std::chrono::milliseconds patience) : patience_(patience), guarded_(::pthread_self()) {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // and no SA_RESTART: it is there to interrupt
  ::sigaction(interruption(), &action, nullptr);
  set_mask(SIG_BLOCK, interruption());  // the thread begins with our mask
  thread_ = std::thread([this] { watch(); });
  set_mask(SIG_UNBLOCK, interruption());
}

StallGuard::~StallGuard() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void StallGuard::begin() {
  began_ = now();
  if (is_watching_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

// Once it watches, it looks until it finds nothing under way: who begins again and again needs to wake it once.
void StallGuard::watch() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_over_ || is_watching_; });
    const auto seen = began_.load();
    if (wake_.wait_for(lock, patience_, [this] { return is_over_; })) return;
    const auto began = began_.load();
    if (began == 0) {
      is_watching_ = false;
      if (began_ != 0) is_watching_ = true;  // it has begun meanwhile, and has seen us watching
    } else if (began == seen) {
      free_it();
    }
  }
}

// Many children in one turn are no stall: one that is still the same is.
void StallGuard::free_it() {
  const pid_t child = Process::being_started();
  if (child > 0 && child == suspect_) ::kill(child, SIGKILL);
  if (child == 0) ::pthread_kill(guarded_, interruption());
  suspect_ = child;
}

}  // namespace stile::supervisor
