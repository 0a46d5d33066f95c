#include "supervisor/slot.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace stile::supervisor;
using namespace std::chrono_literals;
using enum SlotAction;
using Actions = std::vector<SlotAction>;
using S = SlotState;
using E = SlotEvent;

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

Story after(const std::vector<SlotEvent>& events) {
  Story story;
  for (const auto event : events) story.at(1ms, event);
  return story;
}

Story in_state(SlotState state) {
  auto story = [state] {
    switch (state) {
      case S::cold:
        return after({});
      case S::starting:
        return after({E::demand});
      case S::ready:
        return after({E::demand, E::came_up});
      case S::replacing:
        return after({E::demand, E::came_up, E::renew});
      case S::backing_off:
        return after({E::demand, E::start_failed});
      case S::broken:
        return after({E::demand, E::no_start});
      case S::draining:
        return after({E::demand, E::came_up, E::stop});
      case S::stopped:
        break;
    }
    return after({E::stop});
  }();
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
  // What is not in the table changes nothing.
  const std::vector<Row> table{
      {S::cold, E::demand, S::starting, {start_worker, set_timer}},
      {S::cold, E::renew, S::starting, {start_worker, set_timer}},
      {S::cold, E::stop, S::stopped, {}},

      {S::starting, E::came_up, S::ready, {clear_timer, lend}},
      {S::starting, E::start_failed, S::backing_off, {refuse, set_timer}},
      {S::starting, E::no_start, S::broken, {refuse, set_timer}},
      {S::starting, E::timer, S::starting, {kill_starting}},
      {S::starting, E::stop, S::draining, {set_timer}},

      {S::ready, E::crashed, S::starting, {start_worker, set_timer}},
      {S::ready, E::wasted, S::cold, {watch}},  // it had just come up
      {S::ready, E::idle, S::cold, {drain_serving, watch}},
      {S::ready, E::recycle, S::replacing, {start_worker, set_timer}},
      {S::ready, E::renew, S::replacing, {start_worker, set_timer}},
      {S::ready, E::stop, S::draining, {finish_serving, set_timer}},

      {S::replacing, E::came_up, S::ready, {clear_timer, drain_serving, lend}},
      {S::replacing, E::start_failed, S::ready, {clear_timer, revert}},
      {S::replacing, E::no_start, S::ready, {clear_timer, revert}},
      {S::replacing, E::crashed, S::starting, {}},
      {S::replacing, E::wasted, S::starting, {}},
      {S::replacing, E::timer, S::replacing, {kill_starting}},
      {S::replacing, E::stop, S::draining, {kill_starting, finish_serving, set_timer}},

      {S::backing_off, E::demand, S::backing_off, {refuse}},
      {S::backing_off, E::timer, S::cold, {open, watch}},
      {S::backing_off, E::renew, S::starting, {open, start_worker, set_timer}},
      {S::backing_off, E::stop, S::stopped, {clear_timer, open}},

      {S::broken, E::demand, S::broken, {refuse}},
      {S::broken, E::timer, S::cold, {open, watch}},
      {S::broken, E::renew, S::starting, {open, start_worker, set_timer}},
      {S::broken, E::stop, S::stopped, {clear_timer, open}},

      {S::draining, E::left, S::stopped, {clear_timer}},
      {S::draining, E::timer, S::draining, {kill_all}},

      {S::stopped, E::demand, S::stopped, {refuse}},
  };
  std::set<std::pair<S, E>> told;
  for (const auto& row : table) told.emplace(row.from, row.event);
  REQUIRE(told.size() == table.size());
  auto whole = table;
  for (int state = 0; state <= static_cast<int>(S::stopped); ++state) {
    for (int event = 0; event <= static_cast<int>(E::stop); ++event) {
      const auto from = static_cast<S>(state);
      if (!told.contains({from, static_cast<E>(event)}))
        whole.push_back({from, static_cast<E>(event), from, {}});
    }
  }
  REQUIRE(whole.size() == 8 * 12);
  for (const auto& row : whole) {
    CAPTURE(to_string(row.from), static_cast<int>(row.event));
    auto story = in_state(row.from);
    CHECK(story.at(1ms, row.event) == row.actions);
    CHECK(story.slot.state() == row.to);
  }
}

TEST_CASE("a worker that has lived for a while is started again at once, be it that nobody had asked it") {
  auto story = in_state(S::ready);
  CHECK(story.at(1s, E::wasted) == Actions{start_worker, set_timer});
  CHECK(story.slot.state() == S::starting);
}

TEST_CASE("a worker that is killed again and again, but answers in between, is started at once each time") {
  auto story = in_state(S::ready);
  for (int i = 0; i < 100; ++i) {
    CHECK(story.at(1ms, E::crashed) == Actions{start_worker, set_timer});
    CHECK(story.at(1ms, E::came_up) == Actions{clear_timer, lend});
  }
}

TEST_CASE("workers that die without an answer are started by the next request, until that is no use") {
  Story story;
  for (unsigned i = 0; i < SlotTimes{}.patience; ++i) {
    story.at(1ms, E::demand);
    story.at(1ms, E::came_up);
    CHECK(story.at(1ms, E::wasted) == Actions{watch});
  }
  story.at(1ms, E::demand);
  story.at(1ms, E::came_up);
  CHECK(story.at(1ms, E::wasted) == Actions{refuse, set_timer});
  CHECK(story.slot.state() == S::backing_off);
  story.at(story.slot.timer_delay(), E::timer);
  story.at(1ms, E::demand);
  story.at(1ms, E::came_up);
  CHECK(story.at(1ms, E::crashed) == Actions{start_worker, set_timer});
  CHECK(story.slot.failures() == 0);
}

TEST_CASE(
    "failed starts back off twice as long each time, spread, up to a bound, and a good worker resets them") {
  Story story;
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 12; ++i) {
    story.at(0ms, E::demand);
    story.at(1ms, E::start_failed);
    pauses.push_back(story.slot.timer_delay());
    CHECK(story.slot.state() == (i < 9 ? S::backing_off : S::broken));
    story.at(story.slot.timer_delay(), E::timer);
  }
  for (unsigned i = 0; i < 12; ++i) {
    const auto longest = std::min(100ms * (1U << i), std::chrono::milliseconds(30s));
    CHECK(pauses[i] <= longest);
    CHECK(pauses[i] >= longest * 3 / 4);
  }
  std::set<std::int64_t> spread;
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    Slot slot({}, seed);
    slot.step(E::demand, {});
    slot.step(E::start_failed, {});
    spread.insert(slot.timer_delay().count());
  }
  CHECK(spread.size() > 10);

  story.at(0ms, E::demand);
  story.at(1ms, E::came_up);
  story.at(1ms, E::crashed);
  CHECK(story.slot.failures() == 0);
  story.at(1ms, E::start_failed);
  CHECK(story.slot.timer_delay() <= 100ms);
}

TEST_CASE("a build that does not come up is forgotten, and what was served before is served on") {
  SECTION("by the worker that serves") {
    auto story = after({E::demand, E::came_up, E::renew});
    CHECK(story.slot.on_trial());
    CHECK(story.at(1ms, E::start_failed) == Actions{clear_timer, revert});
    CHECK(story.slot.state() == S::ready);
  }
  SECTION("by the next one, where nobody served") {
    auto story = after({E::renew});
    CHECK(story.at(1ms, E::start_failed) == Actions{clear_timer, revert, watch});
    CHECK(story.slot.state() == S::cold);
  }
  SECTION("by the next one, where the one that served has died meanwhile") {
    auto story = after({E::demand, E::came_up, E::renew, E::crashed});
    CHECK(story.at(1ms, E::start_failed) == Actions{clear_timer, revert, watch});
    CHECK(story.slot.state() == S::cold);
  }
}

TEST_CASE("a build that comes while a worker starts is started behind it, and replaces it") {
  const auto first = GENERATE(E::demand, E::renew);
  auto story = after({first, E::renew});
  SECTION("where the first one comes up") {
    CHECK(story.at(1ms, E::came_up) == Actions{clear_timer, lend, start_worker, set_timer});
    CHECK(story.slot.state() == S::replacing);
  }
  SECTION("where it does not") {
    CHECK(story.at(1ms, E::start_failed) == Actions{start_worker, set_timer});
    CHECK(story.slot.state() == S::starting);
  }
  CHECK(story.slot.on_trial());
}

TEST_CASE("a recycled worker serves on where the next one does not come up") {
  auto story = after({E::demand, E::came_up, E::recycle});
  CHECK_FALSE(story.slot.on_trial());
  CHECK(story.at(1ms, E::start_failed) == Actions{clear_timer});
  CHECK(story.slot.state() == S::ready);
}

TEST_CASE("a slot ends when the last of its workers has left") {
  auto story = after({E::demand, E::came_up, E::renew, E::came_up, E::idle, E::demand, E::came_up});
  CHECK(story.slot.leaving() == 2);
  CHECK(story.at(1ms, E::stop) == Actions{finish_serving, set_timer});
  CHECK(story.at(1ms, E::left).empty());
  CHECK(story.at(1ms, E::left).empty());
  CHECK(story.slot.state() == S::draining);
  CHECK(story.at(1ms, E::left) == Actions{clear_timer});
  CHECK(story.slot.state() == S::stopped);
}

TEST_CASE("what a worker was started for is answered before the slot ends") {
  auto story = after({E::demand, E::stop});
  CHECK(story.at(1ms, E::came_up) == Actions{lend, finish_serving});
  CHECK(story.at(1ms, E::left) == Actions{clear_timer});
}
