#include "supervisor/functions.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <set>
#include <utility>

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

// Functions whose new build comes up at the same time: each takes a processor for some milliseconds.
constexpr std::size_t most_at_a_time = 4;
constexpr std::size_t most_builds_kept = 5;

const std::string& name_of(const Revision& revision) { return revision.function.manifest.name; }

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

Functions::Functions(const SlotEnvironment& environment, const Deployment& deployment, Publish publish)
    : environment_(environment),
      prefix_(deployment.prefix),
      publish_(std::move(publish)),
      executables_(environment.account) {
  for (const auto& function : deployment.functions) {
    Function served;
    served.newest = executables_.open(function.executable);
    served.current = std::make_shared<const Revision>(Revision{function, served.newest});
    Change::Step step;
    step.target = served.current;
    choose_slots(step, {});
    served.slots = std::move(step.fresh);
    functions_.emplace(function.route.pattern(), std::move(served));
  }
}

// One that is there serves on: another one in its place would take its socket before it is known to come up.
void Functions::choose_slots(Change::Step& step, const Slots& present) const {
  std::uint32_t instance = 0;
  for (const auto& socket : step.target->function.sockets) {
    const auto found = std::find_if(present.begin(), present.end(),
                                    [&](const auto& slot) { return slot->socket() == socket; });
    if (found == present.end())
      step.fresh.push_back(std::make_unique<SlotRunner>(environment_, step.target, socket, instance));
    step.slots.push_back(found == present.end() ? step.fresh.back().get() : found->get());
    ++instance;
  }
}

Deployment Functions::deployment() const {
  Deployment deployment;
  deployment.prefix = prefix_;
  for (const auto& [route, function] : functions_)
    deployment.functions.push_back(as_served(*function.current));
  return deployment;
}

// ---- changes ----

void Functions::change_to(Deployment next, OnDone done) {
  change_ = std::make_unique<Change>();
  change_->done = std::move(done);
  for (const auto& [route, function] : functions_) {
    const auto is_this = [&route = route](const auto& other) { return other.route.pattern() == route; };
    if (std::none_of(next.functions.begin(), next.functions.end(), is_this)) change_->gone.push_back(route);
  }
  for (const auto& function : next.functions) {
    try {
      plan(function);
    } catch (const std::exception& error) {  // Failure; no descriptors, no memory
      change_->outcome.failures.push_back(fmt::format("{}: {}", function.manifest.name, error.what()));
    }
  }
  go_on();
}

void Functions::plan(const DeployedFunction& function) {
  Change::Step step;
  step.route = function.route.pattern();
  const auto found = functions_.find(step.route);
  const bool is_kept = function.is_kept && found != functions_.end();
  auto executable = is_kept ? found->second.newest : executables_.open(function.executable);
  if (found == functions_.end()) {
    step.is_new = true;
    step.target = std::make_shared<const Revision>(Revision{function, std::move(executable)});
    choose_slots(step, {});
  } else {
    auto& served = found->second;
    // What was rolled back stays so until there is another build.
    const bool is_rebuilt = executable != served.newest;
    served.newest = executable;
    if (!is_rebuilt && served.current->executable != executable)
      add_once(change_->outcome.held, function.manifest.name);
    step.target = std::make_shared<const Revision>(
        Revision{function, is_rebuilt ? std::move(executable) : served.current->executable});
    choose_slots(step, served.slots);
  }
  change_->waiting.push_back(std::move(step));
}

void Functions::roll_back(const std::string& name, OnDone done) {
  change_ = std::make_unique<Change>();
  change_->done = std::move(done);
  bool exists = false;
  bool is_rolled_back = false;
  for (auto& [route, served] : functions_) {
    if (name_of(*served.current) != name) continue;
    exists = true;
    is_rolled_back = is_rolled_back || served.current->executable != served.newest;
    if (served.before.empty()) continue;
    // Its numbers of today, as nginx knows them; its program of then.
    Change::Step step;
    step.route = route;
    step.target = std::make_shared<const Revision>(
        Revision{served.current->function, served.before.back()->executable});
    step.is_rollback = true;
    choose_slots(step, served.slots);
    change_->waiting.push_back(std::move(step));
  }
  if (change_->waiting.empty()) {
    change_->outcome.failures.push_back(
        !exists          ? fmt::format("there is no function {}", name)
        : is_rolled_back ? fmt::format("{} is at the oldest build that this server still has", name)
                         : fmt::format("{} has had no other build since the server was started", name));
  }
  go_on();
}

void Functions::publish_again(Outcome outcome, OnDone done) {
  change_ = std::make_unique<Change>();
  change_->done = std::move(done);
  change_->outcome = std::move(outcome);
  go_on();
}

void Functions::go_on() {
  auto& change = *change_;
  while (!change.waiting.empty() && change.running.size() < most_at_a_time) {
    change.running.push_back(std::move(change.waiting.front()));
    change.waiting.pop_front();
    renew_next(std::prev(change.running.end()));
  }
  // Later, so that the end of a change is never within its beginning.
  if (change.running.empty()) later_ = environment_.loop.after(0s, [this] { publish_change(); });
}

void Functions::renew_next(std::list<Change::Step>::iterator step) {
  auto* const slot = step->slots.at(step->next);
  const bool is_fresh = std::any_of(step->fresh.begin(), step->fresh.end(),
                                    [slot](const auto& one) { return one.get() == slot; });
  const auto trial = is_fresh ? SlotRunner::Trial::always : SlotRunner::Trial::of_what_differs;
  slot->renew(step->target, trial, [this, step](const std::optional<std::string>& failure) {
    // Later: the slot is still at it.
    step->next_turn = environment_.loop.after(0s, [this, step, failure] { on_renewed(step, failure); });
  });
}

void Functions::on_renewed(std::list<Change::Step>::iterator step,
                           const std::optional<std::string>& failure) {
  auto& change = *change_;
  const auto& name = name_of(*step->target);
  if (failure) {
    change.outcome.failures.push_back(step->next == 0
                                          ? fmt::format("{}: {}", name, *failure)
                                          : fmt::format("{}: instance {}: {}", name, step->next, *failure));
    // A new one has no build before: it is there, and is tried again when it is asked for.
    if (step->next == 0 && !step->is_new) {
      retire(std::move(step->fresh));
      change.running.erase(step);
      return go_on();
    }
  }
  if (++step->next < step->slots.size()) return renew_next(step);
  finish(*step);
  change.running.erase(step);
  go_on();
}

// All of its slots are renewed.
void Functions::finish(Change::Step& step) {
  auto& outcome = change_->outcome;
  auto& served = functions_[step.route];
  const auto& name = name_of(*step.target);
  if (step.is_new) {
    add_once(outcome.added, name);
    served.newest = step.target->executable;
  } else if (!runs_the_same(*served.current, *step.target) ||
             served.current->function.sockets != step.target->function.sockets) {
    add_once(outcome.replaced, name);
  } else if (!(served.current->function.limits == step.target->function.limits)) {
    add_once(outcome.adjusted, name);
  }
  Slots slots;
  for (auto* const slot : step.slots) {
    for (auto* const from : {&step.fresh, &served.slots}) {
      for (auto& one : *from) {
        if (one.get() == slot) slots.push_back(std::move(one));
      }
    }
  }
  for (auto& slot : served.slots) {
    if (slot) left_over_.push_back(std::move(slot));
  }
  served.slots = std::move(slots);
  if (step.is_rollback) {
    served.before.pop_back();
  } else if (served.current && served.current->executable != step.target->executable) {
    served.before.push_back(served.current);
    if (served.before.size() > most_builds_kept) served.before.pop_front();
  }
  served.current = step.target;
}

// The routes of what is gone are nginx's until it knows better.
void Functions::publish_change() {
  Deployment next;
  next.prefix = prefix_;
  const auto& gone = change_->gone;
  for (const auto& [route, function] : functions_) {
    if (std::find(gone.begin(), gone.end(), route) == gone.end())
      next.functions.push_back(as_served(*function.current));
  }
  publish_(next, [this](const std::optional<std::string>& failure) { end_change(failure); });
}

void Functions::end_change(const std::optional<std::string>& failure) {
  const auto change = std::exchange(change_, nullptr);
  if (failure) {
    change->outcome.failures.push_back(*failure);
  } else {
    for (const auto& route : change->gone) {
      auto function = functions_.extract(route);
      add_once(change->outcome.removed, name_of(*function.mapped().current));
      retire(std::move(function.mapped().slots));
    }
    retire(std::exchange(left_over_, {}));
  }
  change->done(change->outcome);
}

void Functions::retire(Slots slots) {
  for (auto& slot : slots) {
    auto* const leaves = slot.get();
    retiring_.push_back(std::move(slot));
    leaves->stop();
  }
}

// ---- all of them ----

template <class Action>
void Functions::for_each_slot(Action action) const {
  for (const auto& [route, function] : functions_) {
    for (const auto& slot : function.slots) action(*slot);
  }
  for (const auto* slots : {&left_over_, &retiring_}) {
    for (const auto& slot : *slots) action(*slot);
  }
  if (!change_) return;
  for (const auto& step : change_->waiting) {
    for (const auto& slot : step.fresh) action(*slot);
  }
  for (const auto& step : change_->running) {
    for (const auto& slot : step.fresh) action(*slot);
  }
}

void Functions::stop() {
  for_each_slot([](SlotRunner& slot) { slot.stop(); });
}

void Functions::kill() {
  for_each_slot([](SlotRunner& slot) { slot.kill(); });
}

bool Functions::stopped() const {
  bool all = true;
  for_each_slot([&](const SlotRunner& slot) { all = all && slot.stopped(); });
  return all;
}

void Functions::forget_stopped() {
  std::erase_if(retiring_, [](const auto& slot) { return slot->stopped(); });
}

void Functions::visit(const Visitor& visitor) const {
  for (const auto& [route, function] : functions_) visitor(function.current->function, function.slots);
}

void Functions::restore_sockets() {
  for (const auto& [route, function] : functions_) {
    for (const auto& slot : function.slots) slot->restore_socket();
  }
}

void Functions::remove_strange_sockets(const std::string& folder) const {
  std::set<std::string> known;
  for_each_slot([&](const SlotRunner& slot) { known.insert(slot.socket()); });
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto path = entry.path().string();
    const auto socket = path.substr(0, path.rfind(".sock") + 5);  // "x.sock.hidden" is x.sock's
    if (!known.contains(socket)) ::unlink(path.c_str());
  }
}

SlotRunner* Functions::find(const std::string& label) const {
  for (const auto& [route, function] : functions_) {
    for (const auto& slot : function.slots) {
      if (slot->label() == label) return slot.get();
    }
  }
  return nullptr;
}

void Functions::on_child_stopped(pid_t pid) {
  for_each_slot([pid](SlotRunner& slot) { slot.on_child_stopped(pid); });
}

void Functions::on_child_continued(pid_t pid) {
  for_each_slot([pid](SlotRunner& slot) { slot.on_child_continued(pid); });
}

}  // namespace stile::supervisor
