// What a worker does when it crashes: notes by which signal, in which call and where, and dies of it as it would have
// anyway (a core is written where the system wants one). Knows no supervisor. Sanitizers do the same themselves: there
// nothing is installed, nor where a function has a handler of its own.
#pragma once

#include <cstddef>

#include "lending/recorder.hpp"

namespace stile::worker {

enum class CrashReport {
  recorded,   ///< into the recorder, for the supervisor
  on_stderr,  ///< there is no supervisor: a few lines there
};

/// Once for each process, before its threads are many. `recorder` is borrowed for good.
void watch_for_crashes(lending::Recorder& recorder, CrashReport report);

/// While it lives, its thread crashes on a stack of its own: its usual one may be what has run out.
class CrashStack {
 public:
  CrashStack() noexcept;
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  void* memory_ = nullptr;
};

}  // namespace stile::worker
