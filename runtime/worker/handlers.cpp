#include "worker/handlers.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace stile::worker {
namespace {

// Peers that are waited for at once: each costs a thread. A web server sends a request in one go, and is never one.
constexpr std::uint32_t most_stalled = 256;

}  // namespace

Handlers::Handlers(Connections& connections, const Service& service, std::uint32_t concurrency)
    : connections_(connections), service_(service), concurrency_(concurrency) {
  count_ = 1;
  threads_.emplace_back([this] { run(); });
}

Handlers::~Handlers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (auto* threads : {&threads_, &finished_}) {
    for (std::thread& thread : *threads) thread.join();
  }
}

void Handlers::run() {
  {
    Locals locals;
    do {
      ++waiting_;
      const auto event = connections_.next();
      --waiting_;
      if (!event) return;
      grow_if_short();
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

void Handlers::grow_if_short() {
  if (waiting_ != 0 || count_ >= bound()) return;
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ >= bound()) return;
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
  try {
    threads_.emplace_back([this] { run(); });
    ++count_;
  } catch (const std::system_error& error) {  // out of threads or memory: those that there are go on
    service_.log.write(Level::warning, "-", std::string("cannot start a further thread: ") + error.what());
  }
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
  grow_if_short();
  return true;
}

void Handlers::end_wait() { --stalled_; }

// std::counting_semaphore makes a system call for each release(), wanted or not (libstdc++ 12).
bool Handlers::begin_run() {
  if (take_run()) return false;
  std::unique_lock lock(run_mutex_);
  ++blocked_;  // before it looks again: either it sees the run that ends, or who ends it sees it
  run_ended_.wait(lock, [this] { return take_run(); });
  --blocked_;
  return true;
}

void Handlers::end_run() {
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
