#include "supervisor/slot.hpp"

#include <algorithm>
#include <array>

namespace stile::supervisor {

using enum SlotAction;

std::string_view to_string(SlotState state) {
  constexpr std::array<std::string_view, 6> names{"cold",        "starting", "ready",
                                                  "backing off", "draining", "stopped"};
  return names.at(static_cast<std::size_t>(state));
}

std::vector<SlotAction> Slot::step(SlotEvent event, TimePoint now) {
  switch (state_) {
    case SlotState::cold:
      return when_cold(event, now);
    case SlotState::starting:
      return when_starting(event);
    case SlotState::ready:
      return when_ready(event, now);
    case SlotState::backing_off:
      return when_backing_off(event);
    case SlotState::draining:
      return when_draining(event);
    case SlotState::stopped:
      break;
  }
  return event == SlotEvent::demand ? std::vector{drop_waiting} : std::vector<SlotAction>{};
}

std::vector<SlotAction> Slot::start(TimePoint now) {
  state_ = SlotState::starting;
  started_ = now;
  timer_delay_ = times_.start_deadline;
  return {start_worker, set_timer};
}

std::vector<SlotAction> Slot::drain() {
  const bool is_up = state_ == SlotState::ready;
  state_ = SlotState::draining;
  timer_delay_ = times_.drain_deadline;
  if (is_up) return {drain_worker, set_timer};
  return {set_timer};  // what it was started for is answered first
}

std::vector<SlotAction> Slot::when_cold(SlotEvent event, TimePoint now) {
  if (event == SlotEvent::demand) return start(now);
  if (event == SlotEvent::stop) state_ = SlotState::stopped;
  return {};
}

std::vector<SlotAction> Slot::when_starting(SlotEvent event) {
  switch (event) {
    case SlotEvent::ready:
      state_ = SlotState::ready;
      failed_starts_ = 0;
      return {clear_timer, lend};
    case SlotEvent::exited: {
      state_ = SlotState::backing_off;
      const auto doublings = std::min(failed_starts_, 16U);
      timer_delay_ = std::min(times_.first_pause * (1U << doublings), times_.longest_pause);
      ++failed_starts_;
      return {drop_waiting, set_timer};
    }
    case SlotEvent::timer:
      return {kill_worker};  // its exit decides what follows
    case SlotEvent::stop:
      return drain();
    case SlotEvent::demand:
      break;
  }
  return {};
}

std::vector<SlotAction> Slot::when_ready(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::exited:
      // A worker that dies by itself as soon as it is up must not become a loop: then the next request starts
      // it.
      if (now - started_ >= times_.settled) return start(now);
      state_ = SlotState::cold;
      return {watch};
    case SlotEvent::stop:
      return drain();
    case SlotEvent::demand:  // lend() at once, by the runner
    case SlotEvent::ready:
    case SlotEvent::timer:
      break;
  }
  return {};
}

std::vector<SlotAction> Slot::when_backing_off(SlotEvent event) {
  switch (event) {
    case SlotEvent::demand:
      return {drop_waiting};
    case SlotEvent::timer:
      state_ = SlotState::cold;
      return {watch};
    case SlotEvent::stop:
      state_ = SlotState::stopped;
      return {clear_timer};
    case SlotEvent::ready:
    case SlotEvent::exited:
      break;
  }
  return {};
}

std::vector<SlotAction> Slot::when_draining(SlotEvent event) {
  switch (event) {
    case SlotEvent::exited:
      state_ = SlotState::stopped;
      return {clear_timer};
    case SlotEvent::timer:
      return {kill_worker};
    case SlotEvent::ready:  // it had not come up yet when the end came
      return {lend, drain_worker};
    case SlotEvent::demand:
    case SlotEvent::stop:
      break;
  }
  return {};
}

}  // namespace stile::supervisor
