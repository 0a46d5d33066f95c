#include "supervisor/slot.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace stile::supervisor;
using namespace std::chrono_literals;
using enum SlotAction;
using Actions = std::vector<SlotAction>;

namespace {

// A slot and its clock.
struct Story {
  Slot slot{};
  Slot::TimePoint now{};

  Actions at(std::chrono::milliseconds later, SlotEvent event) {
    now += later;
    return slot.step(event, now);
  }
};

Story in_state(SlotState state) {
  Story story;
  switch (state) {
    case SlotState::cold:
      break;
    case SlotState::ready:
      story.at(0ms, SlotEvent::demand);
      story.at(5ms, SlotEvent::ready);
      break;
    case SlotState::starting:
      story.at(0ms, SlotEvent::demand);
      break;
    case SlotState::backing_off:
      story.at(0ms, SlotEvent::demand);
      story.at(5ms, SlotEvent::exited);
      break;
    case SlotState::draining:
      story.at(0ms, SlotEvent::demand);
      story.at(5ms, SlotEvent::ready);
      story.at(5ms, SlotEvent::stop);
      break;
    case SlotState::stopped:
      story.at(0ms, SlotEvent::stop);
      break;
  }
  REQUIRE(story.slot.state() == state);
  return story;
}

}  // namespace

TEST_CASE("every pair of state and event leads where the table says") {
  struct Row {
    SlotState from;
    SlotEvent event;
    SlotState to;
    Actions actions;
  };
  using S = SlotState;
  using E = SlotEvent;
  const std::vector<Row> table{
      {S::cold, E::demand, S::starting, {start_worker, set_timer}},
      {S::cold, E::ready, S::cold, {}},
      {S::cold, E::exited, S::cold, {}},
      {S::cold, E::timer, S::cold, {}},
      {S::cold, E::stop, S::stopped, {}},
      {S::starting, E::demand, S::starting, {}},
      {S::starting, E::ready, S::ready, {clear_timer, lend}},
      {S::starting, E::exited, S::backing_off, {drop_waiting, set_timer}},
      {S::starting, E::timer, S::starting, {kill_worker}},
      {S::starting, E::stop, S::draining, {set_timer}},
      {S::ready, E::demand, S::ready, {}},
      {S::ready, E::ready, S::ready, {}},
      {S::ready, E::exited, S::cold, {watch}},  // it had just come up
      {S::ready, E::timer, S::ready, {}},
      {S::ready, E::stop, S::draining, {drain_worker, set_timer}},
      {S::backing_off, E::demand, S::backing_off, {drop_waiting}},
      {S::backing_off, E::ready, S::backing_off, {}},
      {S::backing_off, E::exited, S::backing_off, {}},
      {S::backing_off, E::timer, S::cold, {watch}},
      {S::backing_off, E::stop, S::stopped, {clear_timer}},
      {S::draining, E::demand, S::draining, {}},
      {S::draining, E::ready, S::draining, {lend, drain_worker}},  // it had not come up yet
      {S::draining, E::exited, S::stopped, {clear_timer}},
      {S::draining, E::timer, S::draining, {kill_worker}},
      {S::draining, E::stop, S::draining, {}},
      {S::stopped, E::demand, S::stopped, {drop_waiting}},
      {S::stopped, E::ready, S::stopped, {}},
      {S::stopped, E::exited, S::stopped, {}},
      {S::stopped, E::timer, S::stopped, {}},
      {S::stopped, E::stop, S::stopped, {}},
  };
  REQUIRE(table.size() == 6 * 5);
  for (const auto& row : table) {
    CAPTURE(to_string(row.from), static_cast<int>(row.event));
    auto story = in_state(row.from);
    CHECK(story.at(1ms, row.event) == row.actions);
    CHECK(story.slot.state() == row.to);
  }
}

TEST_CASE("a worker that has lived for a while is started again at once when it crashes") {
  auto story = in_state(SlotState::ready);
  CHECK(story.at(1s, SlotEvent::exited) == Actions{start_worker, set_timer});
  CHECK(story.slot.state() == SlotState::starting);
}

TEST_CASE("failed starts back off twice as long each time, up to a bound, and one good start resets them") {
  Story story;
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 12; ++i) {
    story.at(0ms, SlotEvent::demand);
    story.at(1ms, SlotEvent::exited);
    pauses.push_back(story.slot.timer_delay());
    story.at(story.slot.timer_delay(), SlotEvent::timer);
  }
  CHECK(pauses[0] == 100ms);
  CHECK(pauses[1] == 200ms);
  CHECK(pauses[8] == 25'600ms);
  CHECK(pauses[9] == 30s);
  CHECK(pauses[11] == 30s);

  story.at(0ms, SlotEvent::demand);
  story.at(1ms, SlotEvent::ready);
  CHECK(story.slot.failed_starts() == 0);
  story.at(1ms, SlotEvent::exited);
  story.at(0ms, SlotEvent::demand);
  story.at(1ms, SlotEvent::exited);
  CHECK(story.slot.timer_delay() == 100ms);
}

TEST_CASE("whatever happens, at most one worker lives, and a stopped slot starts none") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  std::mt19937 random(seed);
  for (int history = 0; history < 2'000; ++history) {
    Story story;
    int workers = 0;
    bool told_to_stop = false;
    for (int i = 0; i < 60; ++i) {
      const auto event = static_cast<SlotEvent>(random() % 5);
      if (event == SlotEvent::exited) {
        if (workers == 0) continue;  // nobody there to exit
        --workers;
      }
      told_to_stop = told_to_stop || event == SlotEvent::stop;
      for (const auto action : story.at(std::chrono::milliseconds(random() % 3'000), event)) {
        if (action == start_worker) {
          ++workers;
          REQUIRE_FALSE(told_to_stop);
        }
        if (action == lend || action == drain_worker || action == kill_worker) REQUIRE(workers == 1);
      }
      REQUIRE(workers <= 1);
      if (story.slot.state() == SlotState::stopped) REQUIRE(workers == 0);
      if (story.slot.state() == SlotState::cold) REQUIRE(workers == 0);
    }
  }
}
