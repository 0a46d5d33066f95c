#include "worker/handlers.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "worker/crash.hpp"

namespace stile::worker {
namespace {

// Peers that are waited for at once: each costs a thread. A web server sends a request in one go, and is never one.
constexpr std::uint32_t most_stalled = 256;

using std::chrono::microseconds;

// Where the function runs for less than this on average, waking another thread for the next request costs more than it
// gains.
constexpr microseconds quick{50};
// A run counts no more than this: the processor may have been somebody else's for a while.
constexpr microseconds slowest{4 * quick};
// How often the lookout looks: what a quick function that turns slow may delay another request by, twice.
constexpr microseconds tick{2'000};
// After so many ticks in a row at which nobody was waiting, one thread is not enough.
constexpr std::uint32_t most_crowded = 4;

}  // namespace

Handlers::Handlers(Connections& connections, const Service& service, std::uint32_t concurrency)
    : connections_(connections),
      service_(service),
      concurrency_(concurrency),
      pace_(std::chrono::nanoseconds(slowest).count()) {
  count_ = 1;
  threads_.emplace_back([this] { run(); });
}

Handlers::~Handlers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  for (auto* threads : {&threads_, &finished_}) {
    for (std::thread& thread : *threads) thread.join();
  }
}

void Handlers::run() {
  {
    const CrashStack crash_stack;
    Locals locals;
    bool was_last = false;
    do {
      stand_by(was_last);
      ++waiting_;
      const auto event = connections_.next();
      was_last = --waiting_ == 0;
      if (!event) return;
      if (was_last) hand_over();
      serve(*event, locals);
    } while (!is_surplus());
  }
  // What the function made for this thread is gone: whoever joins it won't have to wait.
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const auto is_this = [](const std::thread& thread) {
    return thread.get_id() == std::this_thread::get_id();
  };
  finished_.splice(finished_.end(), threads_, std::find_if(threads_.begin(), threads_.end(), is_this));
}

void Handlers::serve(Connections::Event event, Locals& locals) {
  const int fd = connections_.claim(event.id);
  if (fd == -1) return;
  if (event.hung_up) return connections_.end(event.id);
  do {
    if (serve_request(fd, service_, locals, *this) == After::end) return connections_.end(event.id);
  } while (!connections_.let_go(event.id));
}

// The average of about the last eight runs. Threads overwrite each other's: it need not be exact.
void Handlers::note_pace(std::chrono::nanoseconds took) {
  const std::int64_t before = pace_.load(std::memory_order_relaxed);
  const std::int64_t now = std::min<std::chrono::nanoseconds>(took, slowest).count();
  pace_.store(before + (now - before) / 8, std::memory_order_relaxed);
}

bool Handlers::is_quick() const {
  return std::chrono::nanoseconds(pace_.load(std::memory_order_relaxed)) < quick;
}

void Handlers::hand_over() {
  if (!is_quick()) return call(Role::waits);
  left_alone_.fetch_add(1, std::memory_order_relaxed);
  if (!has_lookout_) call(Role::looks_out);
}

void Handlers::call(Role role) {
  if (standing_by_ == 0 && count_ >= bound()) return;
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (standing_by_ > 0) {
    if (role == Role::waits) {
      ++calls_;
    } else if (!has_lookout_) {
      has_lookout_ = is_lookout_called_ = true;
    }
    return called_.notify_one();
  }
  if (count_ >= bound()) return;
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
  try {
    threads_.emplace_back([this] { run(); });
    ++count_;
  } catch (const std::system_error& error) {  // out of threads or memory: those that there are go on
    service_.log.write(Level::warning, "-", std::string("cannot start a further thread: ") + error.what());
  }
}

void Handlers::stand_by(bool was_last) {
  // Two wait, so that one request at a time leaves one of them waiting and needs no lookout; one, where requests are so
  // many that the second one would be woken to find nothing.
  if (!is_quick() || waiting_ < (was_last || has_lookout_ ? 1 : 2)) return;
  std::unique_lock lock(mutex_);
  ++standing_by_;
  // In this order: either who takes the last connection finds somebody to call, or it is seen here that nobody waits.
  if (waiting_ != 0) {
    bool looks_out = was_last && !has_lookout_;
    if (!looks_out) {
      called_.wait(lock, [this] { return stopping_ || calls_ > 0 || is_lookout_called_; });
      looks_out = std::exchange(is_lookout_called_, false);
    }
    if (looks_out) look_out(lock);
    if (calls_ > 0) --calls_;
  }
  --standing_by_;
}

void Handlers::look_out(std::unique_lock<std::mutex>& lock) {
  has_lookout_ = true;
  std::uint32_t seen = left_alone_;
  std::uint32_t crowded = 0;
  while (is_quick()) {
    if (called_.wait_for(lock, tick, [this] { return stopping_ || calls_ > 0; })) break;
    const std::uint32_t now = left_alone_;
    // Nothing was taken: it is quiet, or who is to take it has not come back, or is kept from the processor.
    if (now == seen) break;
    seen = now;
    // Or comes back again and again, and finds more each time.
    crowded = waiting_ == 0 ? crowded + 1 : 0;
    if (crowded == most_crowded) break;
  }
  has_lookout_ = false;
}

bool Handlers::is_surplus() {
  if (count_ <= bound()) return false;
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ <= bound()) return false;
  --count_;
  return true;
}

bool Handlers::begin_wait() {
  if (stalled_.fetch_add(1) >= most_stalled) {
    --stalled_;
    return false;
  }
  if (waiting_ == 0) call(Role::waits);
  return true;
}

void Handlers::end_wait() { --stalled_; }

// std::counting_semaphore makes a system call for each release(), wanted or not (libstdc++ 12).
bool Handlers::begin_run() {
  if (take_run()) return false;
  std::unique_lock lock(run_mutex_);
  ++blocked_;  // before it looks again: either it sees the run that ends, or who ends it sees it
  service_.usage.wait_begins();
  run_ended_.wait(lock, [this] { return take_run(); });
  service_.usage.wait_ends();
  --blocked_;
  return true;
}

void Handlers::end_run(std::chrono::nanoseconds took) {
  note_pace(took);
  --running_;
  if (blocked_ == 0) return;
  const std::lock_guard lock(run_mutex_);
  run_ended_.notify_one();
}

bool Handlers::take_run() {
  std::uint32_t running = running_;
  while (running < concurrency_) {
    if (running_.compare_exchange_weak(running, running + 1)) return true;
  }
  return false;
}

}  // namespace stile::worker
