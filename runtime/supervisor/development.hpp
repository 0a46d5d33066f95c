// The developer's loop: when a source changes the build command runs, and what comes of it is told. Knows nothing of
// functions. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "posix/fd.hpp"
#include "supervisor/build_output.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/log.hpp"
#include "supervisor/process.hpp"
#include "supervisor/source_watch.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::supervisor {

class Development {
 public:
  /// After each build: what has failed, empty where nothing has.
  using OnBuilt = std::function<void(const std::vector<BuildFailure>& failures)>;

  /// Watches at once; the first build is start()'s. `settings` is borrowed. Throws Failure.
  Development(EventLoop& loop, Log& log, const DevelopmentSettings& settings, OnBuilt on_built);

  /// Builds, and once more where a source changes meanwhile.
  void start();

 private:
  void read_output();
  void on_exit(Ending ending);

  EventLoop& loop_;
  Log& log_;
  const DevelopmentSettings& settings_;
  OnBuilt on_built_;
  posix::Fd reader_;
  EventLoop::Watch reader_watch_;
  std::string output_;
  std::unique_ptr<Process> build_;
  EventLoop::Timer later_;
  bool is_outdated_ = false;
  SourceWatch watch_;
};

}  // namespace stile::supervisor
