// The life of a slot's worker as a state machine: events in, actions out. Pure: no system call, no clock of
// its own. It decides; slot_runner.cpp does what it says.
//
//   cold ──demand──> starting ──ready──> ready ──crash──> starting (or cold, where it had just come up)
//                        └──exit──> backing_off ──timer──> cold
//   any ──stop──> draining ──exit──> stopped
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace stile::supervisor {

enum class SlotState : std::uint8_t { cold, starting, ready, backing_off, draining, stopped };

enum class SlotEvent : std::uint8_t {
  demand,  ///< a connection came, or bytes came on one that nobody borrows
  ready,   ///< the worker says that its function is up
  exited,  ///< the worker has ended and was reaped
  timer,   ///< the one timer of the slot has fired
  stop,    ///< the supervisor ends
};

enum class SlotAction : std::uint8_t {
  start_worker,
  lend,          ///< all held connections go to the worker
  watch,         ///< watch held connections for bytes, and report demand
  drop_waiting,  ///< shut down held connections that have bytes: nobody can answer them now
  set_timer,     ///< for timer_delay(), in place of the one that runs
  clear_timer,
  drain_worker,  ///< it answers what has come in on what it was lent, and leaves
  kill_worker,
};

struct SlotTimes {
  std::chrono::milliseconds start_deadline{10'000};  ///< from start to ready; then the worker is killed
  std::chrono::milliseconds drain_deadline{35'000};  ///< from drain to exit; then the worker is killed
  std::chrono::milliseconds first_pause{100};        ///< after a failed start; doubles with each further one
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds settled{
      1'000};  ///< a worker that lived as long is restarted at once when it crashes
};

class Slot {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Slot(SlotTimes times = {}) : times_(times) {}

  /// Moves to the next state; the actions are to be taken in their order. Every pair of state and event is
  /// defined; those that cannot happen, or come too late, do nothing.
  std::vector<SlotAction> step(SlotEvent event, TimePoint now);

  SlotState state() const { return state_; }
  std::chrono::milliseconds timer_delay() const { return timer_delay_; }
  /// Starts that failed since the last good one.
  unsigned failed_starts() const { return failed_starts_; }

 private:
  std::vector<SlotAction> when_cold(SlotEvent event, TimePoint now);
  std::vector<SlotAction> when_starting(SlotEvent event);
  std::vector<SlotAction> when_ready(SlotEvent event, TimePoint now);
  std::vector<SlotAction> when_backing_off(SlotEvent event);
  std::vector<SlotAction> when_draining(SlotEvent event);
  std::vector<SlotAction> start(TimePoint now);
  std::vector<SlotAction> drain();

  SlotTimes times_;
  SlotState state_ = SlotState::cold;
  std::chrono::milliseconds timer_delay_{0};
  TimePoint started_{};
  unsigned failed_starts_ = 0;
};

std::string_view to_string(SlotState state);

}  // namespace stile::supervisor
