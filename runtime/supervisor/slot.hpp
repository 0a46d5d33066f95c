// The life of a slot's workers as a state machine: events in, actions out. Pure: no system call, no clock of
// its own. It decides; slot_runner.cpp does what it says. One worker serves, one may start, any number leave.
//
//   cold ──demand──> starting ──came_up──> ready ──idle──> cold
//                       └──start_failed──> backing_off, broken ──timer──> cold
//   ready ──renew, recycle──> replacing ──came_up──> ready     (start_failed: the one that serves goes on)
//   ready ──crashed──> starting;   ──wasted──> cold, or backing_off where that has become a habit
//   any ──stop──> draining ──left──> stopped
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace stile::supervisor {

enum class SlotState : std::uint8_t {
  cold,         ///< nobody serves: the next connection, or bytes on a kept one, start a worker
  starting,     ///< one comes up; what comes waits for it
  ready,        ///< one serves
  replacing,    ///< one serves while the next one comes up
  backing_off,  ///< starts fail: what comes is refused until the pause is over
  broken,       ///< the same with the longest pause: only another build will help
  draining,     ///< the slot comes to its end; what has been taken is answered
  stopped,
};

enum class SlotEvent : std::uint8_t {
  demand,        ///< a connection came, or bytes came on one that nobody borrows
  came_up,       ///< the worker that starts says that its function is up
  start_failed,  ///< it has ended before it did
  no_start,      ///< it can't even be executed: no use in trying soon
  crashed,       ///< the worker that serves has ended by itself, after it had answered something
  wasted,        ///< the same, but it had answered nothing
  left,          ///< one of those that leave has ended
  timer,         ///< the one timer of the slot has fired
  idle,          ///< the one that serves has had nothing to do for long
  recycle,       ///< it has served enough, or is stuck: another one, unless one comes up already
  renew,         ///< there is another build: a worker that starts from now on is to serve
  stop,          ///< the slot ends
};

enum class SlotAction : std::uint8_t {
  start_worker,
  lend,            ///< all held connections go to the worker that has come up; it serves from now on
  drain_serving,   ///< the one that serves gives back what is idle, answers the rest, and leaves
  finish_serving,  ///< it answers what has come in on what it was lent, and leaves
  watch,           ///< watch held connections for bytes, and report demand
  refuse,          ///< shut down held connections that have bytes: nobody can answer them now
  open,            ///< that is over
  revert,          ///< what was to be served from now on does not start: the build before stays
  set_timer,       ///< for timer_delay(), in place of the one that runs
  clear_timer,
  kill_starting,
  kill_all,
};

struct SlotTimes {
  std::chrono::milliseconds start_deadline{10'000};  ///< from start to ready; then the worker is killed
  std::chrono::milliseconds drain_deadline{35'000};  ///< from the slot's stop; then its workers are killed
  std::chrono::milliseconds first_pause{100};        ///< after a failed start; doubles with each further one
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds settled{1'000};  ///< a worker that lived as long was a good one, asked or not
  unsigned patience = 3;  ///< workers in a row that may die without an answer before it is a habit
};

class Slot {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `seed` spreads the pauses of slots that fail together.
  explicit Slot(SlotTimes times = {}, std::uint32_t seed = 1)
      : times_(times), random_(seed * 2'654'435'761U) {}

  /// Moves to the next state; the actions are to be taken in their order. Every pair of state and event is
  /// defined; those that cannot happen, or come too late, do nothing.
  std::vector<SlotAction> step(SlotEvent event, TimePoint now);

  SlotState state() const { return state_; }
  std::chrono::milliseconds timer_delay() const { return timer_delay_; }
  /// Starts that failed, and workers that died without an answer, since the last good one.
  unsigned failures() const { return failures_; }
  /// Workers that were told to leave and have not ended.
  unsigned leaving() const { return leaving_; }
  /// What starts is a build that has not come up before: where it does not, the one before it stays.
  bool on_trial() const { return trial_; }

 private:
  using Actions = std::vector<SlotAction>;
  Actions when_cold(SlotEvent event, TimePoint now);
  Actions when_starting(SlotEvent event, TimePoint now);
  Actions when_ready(SlotEvent event, TimePoint now);
  Actions when_replacing(SlotEvent event, TimePoint now);
  Actions when_backing_off(SlotEvent event, TimePoint now);
  Actions when_draining(SlotEvent event);
  Actions start(SlotState state, TimePoint now);
  Actions came_up(Actions first, TimePoint now);
  Actions back_off(unsigned doublings);
  Actions died_in_vain(TimePoint now);
  Actions end_if_empty();

  SlotTimes times_;
  SlotState state_ = SlotState::cold;
  std::chrono::milliseconds timer_delay_{0};
  TimePoint started_{};  // the worker that comes up
  TimePoint serving_{};  // the one that serves: when it had been started
  unsigned failures_ = 0;
  unsigned leaving_ = 0;
  bool trial_ = false;     // the worker that comes up is one of another build
  bool renew_ = false;     // another build has come since that one was started
  bool comes_up_ = false;  // in draining: one starts still
  std::minstd_rand random_;
};

std::string_view to_string(SlotState state);

}  // namespace stile::supervisor
