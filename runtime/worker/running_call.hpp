// While the function runs: what it was asked is recorded for whoever has to say why it never returned, and the thread
// knows it for its crash handler. Knows no connection. The thread that calls the function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lending/recorder.hpp"
#include "stile/request.hpp"
#include "worker/slow_calls.hpp"

namespace stile::worker {

/// Of this thread; for signal handlers too.
struct CurrentCall {
  std::uint32_t area = lending::Recorder::no_area;
  std::string_view request_id;
};
CurrentCall& current_call() noexcept;

class RunningCall {
 public:
  /// Both are borrowed: the parts may be moved from, their id must stay.
  /// `slow`: who watches whether it takes too long, or null.
  RunningCall(lending::Recorder& recorder, SlowCalls* slow, const RequestParts& parts);
  ~RunningCall();
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  lending::Recorder& recorder_;
  std::optional<SlowCalls::Call> watched_;
};

}  // namespace stile::worker
