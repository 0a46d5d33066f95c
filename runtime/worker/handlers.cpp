#include "worker/handlers.hpp"

#include <string>
#include <system_error>

namespace stile::worker {

using Descriptor = Connections::Descriptor;

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
  for (std::thread& thread : threads_) thread.join();
}

void Handlers::run() {
  Locals locals;
  while (true) {
    ++waiting_;
    const auto id = connections_.next();
    const bool was_last = --waiting_ == 0;
    if (!id) return;
    if (was_last && count_ < concurrency_) grow();
    serve(*id, locals);
  }
}

void Handlers::serve(lending::ConnectionId id, Locals& locals) {
  const int fd = connections_.claim(id);
  if (fd == -1) return;
  do {
    const After after = serve_request(fd, service_, locals);
    if (after != After::keep) {
      connections_.end(id, after == After::closed ? Descriptor::closed : Descriptor::open);
      return;
    }
  } while (!connections_.let_go(id));
}

void Handlers::grow() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ >= concurrency_) return;
  try {
    threads_.emplace_back([this] { run(); });
    ++count_;
  } catch (const std::system_error& error) {  // out of threads or memory: those that there are go on
    service_.log.write(Level::warning, "-", std::string("cannot start a further thread: ") + error.what());
  }
}

}  // namespace stile::worker
