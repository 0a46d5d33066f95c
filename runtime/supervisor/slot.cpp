#include "supervisor/slot.hpp"

#include <algorithm>
#include <array>

namespace stile::supervisor {

using enum SlotAction;

std::string_view to_string(SlotState state) {
  constexpr std::array<std::string_view, 8> names{"cold",        "starting", "ready",    "replacing",
                                                  "backing off", "broken",   "draining", "stopped"};
  return names.at(static_cast<std::size_t>(state));
}

std::vector<SlotAction> Slot::step(SlotEvent event, TimePoint now) {
  if (event == SlotEvent::left && leaving_ > 0) --leaving_;
  switch (state_) {
    case SlotState::cold:
      return when_cold(event, now);
    case SlotState::starting:
      return when_starting(event, now);
    case SlotState::ready:
      return when_ready(event, now);
    case SlotState::replacing:
      return when_replacing(event, now);
    case SlotState::backing_off:
    case SlotState::broken:
      return when_backing_off(event, now);
    case SlotState::draining:
      return when_draining(event);
    case SlotState::stopped:
      break;
  }
  return event == SlotEvent::demand ? Actions{refuse} : Actions{};
}

Slot::Actions Slot::start(SlotState state, TimePoint now) {
  state_ = state;
  started_ = now;
  timer_delay_ = times_.start_deadline;
  return {start_worker, set_timer};
}

// `first`: what becomes of the one that has served until now.
Slot::Actions Slot::came_up(Actions first, TimePoint now) {
  state_ = SlotState::ready;
  serving_ = started_;
  trial_ = false;
  first.insert(first.begin(), clear_timer);
  first.push_back(lend);
  if (renew_) {
    renew_ = false;
    trial_ = true;
    const auto next = start(SlotState::replacing, now);
    first.insert(first.end(), next.begin(), next.end());
  }
  return first;
}

Slot::Actions Slot::back_off(unsigned doublings) {
  const auto pause = times_.first_pause * (std::int64_t{1} << std::min(doublings, 16U));
  state_ = pause < times_.longest_pause ? SlotState::backing_off : SlotState::broken;
  const auto longest = std::min(pause, times_.longest_pause).count();
  // From three quarters of it on: slots that failed together are not to be started together.
  timer_delay_ = std::chrono::milliseconds{
      std::uniform_int_distribution<std::int64_t>{longest - longest / 4, longest}(random_)};
  ++failures_;
  return {refuse, set_timer};
}

// A worker that serves has died without an answer: the next request starts another one, until that is no use.
Slot::Actions Slot::died_in_vain(TimePoint now) {
  if (now - serving_ >= times_.settled) {
    failures_ = 0;
    return start(SlotState::starting, now);
  }
  if (failures_ >= times_.patience) return back_off(failures_ - times_.patience);
  ++failures_;
  state_ = SlotState::cold;
  return {watch};
}

Slot::Actions Slot::when_cold(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::demand:
      return start(SlotState::starting, now);
    case SlotEvent::renew:
      trial_ = true;
      return start(SlotState::starting, now);
    case SlotEvent::stop:
      return end_if_empty();
    default:
      return {};
  }
}

Slot::Actions Slot::when_starting(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::came_up:
      return came_up({}, now);
    case SlotEvent::start_failed:
    case SlotEvent::no_start: {
      if (renew_) {  // of no interest any more
        renew_ = false;
        trial_ = true;
        return start(SlotState::starting, now);
      }
      if (!trial_) return back_off(event == SlotEvent::no_start ? 16 : failures_);
      trial_ = false;
      state_ = SlotState::cold;
      return {clear_timer, revert, watch};
    }
    case SlotEvent::timer:
      return {kill_starting};  // its exit decides what follows
    case SlotEvent::renew:
      renew_ = true;
      return {};
    case SlotEvent::stop:  // what it was started for is answered first
      state_ = SlotState::draining;
      comes_up_ = true;
      timer_delay_ = times_.drain_deadline;
      return {set_timer};
    default:
      return {};
  }
}

Slot::Actions Slot::when_ready(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::crashed:
      failures_ = 0;
      return start(SlotState::starting, now);
    case SlotEvent::wasted:
      return died_in_vain(now);
    case SlotEvent::idle:
      failures_ = 0;
      ++leaving_;
      state_ = SlotState::cold;
      return {drain_serving, watch};
    case SlotEvent::renew:
      trial_ = true;
      return start(SlotState::replacing, now);
    case SlotEvent::recycle:
      return start(SlotState::replacing, now);
    case SlotEvent::stop:
      ++leaving_;
      state_ = SlotState::draining;
      timer_delay_ = times_.drain_deadline;
      return {finish_serving, set_timer};
    default:
      return {};
  }
}

Slot::Actions Slot::when_replacing(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::came_up:
      failures_ = 0;
      ++leaving_;
      return came_up({drain_serving}, now);
    case SlotEvent::start_failed:
    case SlotEvent::no_start:
      state_ = SlotState::ready;
      if (renew_) {
        renew_ = false;
        trial_ = true;
        return start(SlotState::replacing, now);
      }
      if (!trial_) return {clear_timer};
      trial_ = false;
      return {clear_timer, revert};
    case SlotEvent::crashed:
    case SlotEvent::wasted:  // who takes its place comes up already
      state_ = SlotState::starting;
      return {};
    case SlotEvent::timer:
      return {kill_starting};
    case SlotEvent::renew:
      renew_ = true;
      return {};
    case SlotEvent::stop:
      ++leaving_;
      state_ = SlotState::draining;
      timer_delay_ = times_.drain_deadline;
      comes_up_ = true;
      return {kill_starting, finish_serving, set_timer};
    default:
      return {};
  }
}

Slot::Actions Slot::when_backing_off(SlotEvent event, TimePoint now) {
  switch (event) {
    case SlotEvent::demand:
      return {refuse};
    case SlotEvent::timer:
      state_ = SlotState::cold;
      return {open, watch};
    case SlotEvent::renew: {  // at once: it may be what helps
      trial_ = true;
      Actions actions{open};
      for (const auto action : start(SlotState::starting, now)) actions.push_back(action);
      return actions;
    }
    case SlotEvent::stop: {
      Actions actions{clear_timer, open};
      for (const auto action : end_if_empty()) actions.push_back(action);
      return actions;
    }
    default:
      return {};
  }
}

Slot::Actions Slot::when_draining(SlotEvent event) {
  switch (event) {
    case SlotEvent::left:
      return end_if_empty();
    case SlotEvent::timer:
      return {kill_all};
    case SlotEvent::came_up:  // it had not come up yet when the end came
      if (!comes_up_) return {};
      comes_up_ = false;
      ++leaving_;
      return {lend, finish_serving};
    case SlotEvent::start_failed:
    case SlotEvent::no_start:
      comes_up_ = false;
      return end_if_empty();
    default:
      return {};
  }
}

Slot::Actions Slot::end_if_empty() {
  if (leaving_ > 0 || comes_up_) {
    if (state_ == SlotState::draining) return {};
    state_ = SlotState::draining;
    timer_delay_ = times_.drain_deadline;
    return {set_timer};
  }
  const bool had_timer = state_ == SlotState::draining;
  state_ = SlotState::stopped;
  return had_timer ? Actions{clear_timer} : Actions{};
}

}  // namespace stile::supervisor
