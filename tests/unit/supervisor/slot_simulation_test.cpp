// Random histories of a slot, with its workers, its connections and their requests as they would be: what may happen
// happens in any order. The rules of ownership are docs/architecture.md's, "Who owns a connection".
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/slot.hpp"

using namespace stile::supervisor;
using namespace std::chrono_literals;
using E = SlotEvent;
using S = SlotState;

namespace {

#ifdef STILE_SANITIZED
constexpr int histories = 10'000;
#else
constexpr int histories = 250'000;
#endif
constexpr int steps = 40;
constexpr std::size_t most_connections = 4;

// Catch2's own would take most of the time.
void require(bool holds, int line) {
  if (!holds) throw std::logic_error("line " + std::to_string(line));
}

enum class Place { held, lent };

struct Connection {
  Place place = Place::held;
  int borrower = 0;
  bool has_request = false;  // sent, and not read yet
  bool runs = false;         // read by the borrower
};

struct Worker {
  bool is_ready = false;
  bool leaves = false;
  std::uint64_t answered = 0;
};

// What the world around a slot does by itself, and what the slot's actions do to it.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed), slot_({}, seed) {}

  void live() {
    for (int i = 0; i < steps; ++i) {
      now_ += std::chrono::milliseconds(random_() % 400);
      happen();
      check();
    }
    come_to_an_end();
  }

 private:
  void happen() {
    switch (random_() % 16) {
      case 0:
      case 1:
        if (connections_.size() < most_connections && !told_to_stop_) {
          connections_.push_back({});
          if (serving_ != 0) {
            lend(connections_.back());
          } else {
            step(E::demand);
          }
        }
        return;
      case 2:
      case 3:
      case 4:
        return send_request();
      case 5:
      case 6:
        return begin_request();
      case 7:
      case 8:
        return answer_request();
      case 9:
        if (starting_ != 0 && !is_killed(starting_)) {
          workers_[starting_].is_ready = true;
          step(E::came_up);
        }
        return;
      case 10:
        return end_of_one();
      case 11:
        if (has_timer_) {
          has_timer_ = false;
          step(E::timer);
        }
        return;
      case 12:
        if (serving_ != 0) step(E::idle);
        return;
      case 13:
        step(random_() % 2 == 0 ? E::renew : E::recycle);
        return;
      case 14:
        return leave_quietly();
      default:
        if (random_() % 12 == 0) stop();
        return;
    }
  }

  bool is_killed(int worker) const { return killed_.contains(worker); }

  void send_request() {
    for (auto& connection : connections_) {
      if (connection.has_request || connection.runs || random_() % 2 == 0) continue;
      connection.has_request = true;
      if (connection.place == Place::held && is_watched_) step(E::demand);
      return;  // the list may be another by now
    }
  }

  void begin_request() {
    for (auto& connection : connections_) {
      if (connection.place != Place::lent || !connection.has_request || connection.runs) continue;
      // One reader: whoever has borrowed it, and nobody else.
      require(workers_.contains(connection.borrower), __LINE__);
      if (is_killed(connection.borrower)) continue;
      connection.has_request = false;
      connection.runs = true;
      return;
    }
  }

  void answer_request() {
    for (auto& connection : connections_) {
      if (!connection.runs || is_killed(connection.borrower)) continue;
      connection.runs = false;
      ++answered_;
      auto& worker = workers_.at(connection.borrower);
      ++worker.answered;
      if (worker.leaves) give_back(connection);
      return;
    }
  }

  void give_back(Connection& connection) {
    connection.place = Place::held;
    connection.borrower = 0;
    if (serving_ != 0) {
      lend(connection);
    } else if (told_to_stop_) {
      connection.runs = true;  // to be erased: shut down
      doomed_ = true;
    } else if (connection.has_request) {
      step(E::demand);
    }
    if (doomed_) erase_doomed();
  }

  void erase_doomed() {
    doomed_ = false;
    std::erase_if(connections_, [](const auto& one) { return one.place == Place::held && one.runs; });
  }

  void lend(Connection& connection) {
    require(connection.place == Place::held, __LINE__);
    require(workers_.at(serving_).is_ready, __LINE__);
    require(!(workers_.at(serving_).leaves), __LINE__);
    connection.place = Place::lent;
    connection.borrower = serving_;
  }

  // A crash, or the end of what was killed.
  void end_of_one() {
    if (workers_.empty()) return;
    auto at = workers_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % workers_.size()));
    end(at->first);
  }

  // One that leaves and has nothing left ends by itself.
  void leave_quietly() {
    for (const auto& [id, worker] : workers_) {
      if (!worker.leaves || has_lent(id)) continue;
      end(id);
      return;
    }
  }

  bool has_lent(int worker) const {
    for (const auto& connection : connections_) {
      if (connection.place == Place::lent && connection.borrower == worker) return true;
    }
    return false;
  }

  void end(int id) {
    const auto worker = workers_.at(id);
    E event = E::left;
    if (id == starting_) event = random_() % 4 == 0 ? E::no_start : E::start_failed;
    if (id == serving_) event = worker.answered > 0 ? E::crashed : E::wasted;
    if (id == starting_) starting_ = 0;
    if (id == serving_) serving_ = 0;
    workers_.erase(id);
    killed_.erase(id);
    // What it ran is lost, its connection shut down; the rest goes on.
    lost_ += static_cast<std::uint64_t>(std::erase_if(connections_, [id](const auto& one) {
      return one.borrower == id && one.place == Place::lent && one.runs;
    }));
    for (auto& connection : connections_) {
      if (connection.place != Place::lent || connection.borrower != id) continue;
      connection.place = Place::held;
      connection.borrower = 0;
      if (serving_ != 0) lend(connection);
    }
    step(event);
  }

  void stop() {
    if (told_to_stop_) return;
    told_to_stop_ = true;
    for (const auto& connection : connections_) {
      if (connection.place != Place::held || !connection.has_request) continue;
      step(E::demand);
      break;
    }
    step(E::stop);
  }

  void step(E event) {
    const auto before = slot_.state();
    for (const auto action : slot_.step(event, now_)) act(action, before);
  }

  void act(SlotAction action, S before) {
    switch (action) {
      case SlotAction::start_worker:
        require(starting_ == 0, __LINE__);
        require(before != S::stopped, __LINE__);
        require(!(told_to_stop_ && before == S::draining), __LINE__);
        starting_ = ++last_worker_;
        workers_[starting_] = {};
        return;
      case SlotAction::lend:
        require(starting_ != 0, __LINE__);
        require(serving_ == 0, __LINE__);  // the one before has been told to leave, or is gone
        serving_ = std::exchange(starting_, 0);
        for (auto& connection : connections_) {
          if (connection.place == Place::held) lend(connection);
        }
        return;
      case SlotAction::drain_serving:
      case SlotAction::finish_serving: {
        require(serving_ != 0, __LINE__);
        const int leaves = std::exchange(serving_, 0);
        workers_.at(leaves).leaves = true;
        // Idle ones come back at once; with `finish` those with a request are answered first.
        const bool all = action == SlotAction::drain_serving;
        for (auto& connection : connections_) {
          if (connection.borrower != leaves || connection.runs || (!all && connection.has_request)) continue;
          connection.place = Place::held;
          connection.borrower = 0;
        }
        return;
      }
      case SlotAction::watch:
        is_watched_ = true;
        for (const auto& connection : connections_) {
          if (connection.place != Place::held || !connection.has_request) continue;
          pending_demand_ = true;
        }
        return;
      case SlotAction::refuse:
        lost_ += static_cast<std::uint64_t>(std::erase_if(
            connections_, [](const auto& one) { return one.place == Place::held && one.has_request; }));
        return;
      case SlotAction::open:
      case SlotAction::revert:
        return;
      case SlotAction::set_timer:
        require(slot_.timer_delay() > 0ms, __LINE__);
        has_timer_ = true;
        return;
      case SlotAction::clear_timer:
        has_timer_ = false;
        return;
      case SlotAction::kill_starting:
        if (starting_ != 0) killed_.insert(starting_);
        return;
      case SlotAction::kill_all:
        for (const auto& [id, worker] : workers_) killed_.insert(id);
        return;
    }
  }

  void check() {
    if (std::exchange(pending_demand_, false)) step(E::demand);
    const auto state = slot_.state();
    std::size_t leaving = 0;
    for (const auto& [id, worker] : workers_) leaving += worker.leaves ? 1 : 0;
    require(workers_.size() == leaving + (starting_ != 0 ? 1 : 0) + (serving_ != 0 ? 1 : 0), __LINE__);
    require(slot_.leaving() == leaving, __LINE__);
    if (state == S::ready || state == S::replacing) require(serving_ != 0, __LINE__);
    if (state == S::starting || state == S::replacing)
      require(starting_ != 0 && (has_timer_ || is_killed(starting_)), __LINE__);
    if (state == S::cold || state == S::backing_off || state == S::broken || state == S::stopped) {
      require(starting_ == 0, __LINE__);
      require(serving_ == 0, __LINE__);
    }
    if (state == S::backing_off || state == S::broken || state == S::draining) {
      require(has_timer_ || state == S::draining, __LINE__);
    }
    if (state == S::stopped) require(workers_.empty(), __LINE__);
    for (const auto& connection : connections_) {
      if (connection.place == Place::lent) {
        require(workers_.contains(connection.borrower), __LINE__);
      } else {
        require(!(connection.runs), __LINE__);
        // Nobody is asked for nothing: what waits has somebody who comes for it.
        if (connection.has_request && !told_to_stop_)
          require(state == S::starting || state == S::backing_off || state == S::broken, __LINE__);
      }
    }
  }

  // Given time, every request is answered or its connection closed, and nothing is left.
  void come_to_an_end() {
    stop();
    check();
    for (int round = 0; slot_.state() != S::stopped; ++round) {
      require(round < 200, __LINE__);
      while (std::any_of(connections_.begin(), connections_.end(),
                         [&](const auto& one) { return one.runs && !is_killed(one.borrower); }))
        answer_request();
      for (const auto& connection : connections_) {
        if (connection.place == Place::lent && connection.has_request) {
          begin_request();
          break;
        }
      }
      if (starting_ != 0 && !is_killed(starting_)) {
        workers_[starting_].is_ready = true;
        step(E::came_up);
      } else if (!killed_.empty()) {
        end(*killed_.begin());
      }
      leave_quietly();
      check();
    }
    require(workers_.empty(), __LINE__);
    for (const auto& connection : connections_) require(connection.place == Place::held, __LINE__);
  }

  std::mt19937 random_;
  Slot slot_;
  Slot::TimePoint now_{};
  std::vector<Connection> connections_;
  std::map<int, Worker> workers_;
  std::set<int> killed_;
  int starting_ = 0;
  int serving_ = 0;
  int last_worker_ = 0;
  bool has_timer_ = false;
  bool is_watched_ = true;
  bool pending_demand_ = false;
  bool doomed_ = false;
  bool told_to_stop_ = false;
  std::uint64_t answered_ = 0;
  std::uint64_t lost_ = 0;
};

void simulate(std::uint32_t first) {
  for (std::uint32_t seed = first; seed < first + histories; ++seed) {
    try {
      World(seed).live();
    } catch (const std::logic_error& error) {
      FAIL("seed " << seed << ": " << error.what());
    }
  }
}

}  // namespace

TEST_CASE(
    "whatever happens in a slot, every request is answered or its connection closed, and nothing is left") {
  simulate(GENERATE(1U, 1'000'001U, 2'000'001U, 3'000'001U, 4'000'001U, 5'000'001U, 6'000'001U, 7'000'001U));
}
