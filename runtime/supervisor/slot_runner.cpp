#include "supervisor/slot_runner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <system_error>
#include <utility>

#include "lending/counters.hpp"
#include "posix/failure.hpp"
#include "supervisor/worker_file.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;
using lending::Kind;

namespace {

// What a worker may take to answer over its control socket, which has a thread of its own.
constexpr auto answer_deadline = 10s;
// A request that nobody waits for any more, bytes that are left unread: looked at again after so long.
constexpr auto look_again = 1s;
constexpr unsigned most_unread_looks = 3;
// A worker that was stopped by a signal may be on its way to go on.
constexpr auto stopped_grace = 1s;
constexpr auto recycle_again = 30s;
constexpr auto least_age = 250ms;

SlotTimes times_for(const ResolvedLimits& limits) {
  SlotTimes times;
  times.drain_deadline = limits.timeout + way_out;
  return times;
}

}  // namespace

SlotRunner::SlotRunner(const SlotEnvironment& environment, std::shared_ptr<const Revision> revision,
                       std::string socket, std::uint32_t instance)
    : environment_(environment),
      revision_(std::move(revision)),
      socket_(std::move(socket), environment.socket_group),
      instance_(instance),
      slot_(times_for(revision_->function.limits), std::random_device{}()),
      connections_(environment.loop, socket_.listen(), [this] { handle(SlotEvent::demand); }) {
  connections_.on_hang_up([this](Borrower borrower) { on_hang_up(borrower); });
  connections_.on_spoilt([this] { listen_again_ = environment_.loop.after(0s, [this] { listen_anew(); }); });
  if (is_kept_warm()) handle(SlotEvent::demand);
}

SlotRunner::~SlotRunner() = default;

void SlotRunner::restore_socket() {
  if (is_stopping() || is_refusing() || !socket_.is_missing()) return;
  connections_.listen_to(socket_.listen());
  environment_.log.warning("somebody has deleted {}: there is another one now", socket_.path());
}

// One of its workers has done something to the socket that all of them share. Which one nobody knows.
void SlotRunner::listen_anew() {
  if (is_stopping()) return;
  for_each_worker([](Worker& worker) { worker.break_off("has spoilt the socket that it listens at"); });
  try {
    connections_.listen_to(socket_.listen());
    if (is_refusing()) socket_.hide(revision_->function.sockets);
  } catch (const Failure& failure) {
    environment_.log.error("{}", failure.what());
    listen_again_ = environment_.loop.after(1s, [this] { listen_anew(); });
  }
}

void SlotRunner::renew(std::shared_ptr<const Revision> revision, Trial trial, OnRenewed done) {
  if (stopped()) return done("the server stops");
  if (trial == Trial::of_what_differs && runs_the_same(*revision_, *revision)) {
    revision_ = std::move(revision);
    look_after_idleness();
    if (is_kept_warm()) handle(SlotEvent::demand);
    return done(std::nullopt);
  }
  candidate_ = revision;
  renewal_ = Renewal{std::move(revision), std::move(done)};
  handle(SlotEvent::renew);
}

void SlotRunner::stop() {
  socket_.remove();  // who comes now is refused at once, instead of waiting for the end
  if (connections_.close()) handle(SlotEvent::demand);
  handle(SlotEvent::stop);
}

void SlotRunner::kill() {
  for_each_worker([](const Worker& worker) { worker.kill(); });
}

template <class Action>
void SlotRunner::for_each_worker(Action action) const {
  for (const auto* one : {&starting_, &serving_}) {
    if (*one) action(**one);
  }
  for (const auto& one : leaving_) action(*one);
}

Worker* SlotRunner::find(Borrower borrower) {
  Worker* found = nullptr;
  for_each_worker([&](Worker& worker) {
    if (worker.id() == borrower) found = &worker;
  });
  return found;
}

SlotStatus SlotRunner::status() const {
  SlotStatus status;
  status.state = slot_.state();
  if (serving_) {
    status.pid = serving_->pid();
    status.counters = serving_->counters_path();
  }
  for (const auto& worker : leaving_) status.leaving.push_back(worker->pid());
  status.waiting = connections_.unread_count();
  status.restarts = starts_ == 0 ? 0 : starts_ - 1;
  status.crashes = crashes_;
  status.last_crash = last_crash_;
  status.answered_before = answered_before_;
  status.failed_before = failed_before_;
  // Of those that leave, whoever asks would have to read further files.
  for (const auto& worker : leaving_) {
    const auto counts = worker->counts().value_or(lending::Counts{});
    status.answered_before += counts.answered;
    status.failed_before += counts.failed;
  }
  return status;
}

// ---- the state machine ----

void SlotRunner::handle(SlotEvent event) {
  if (stopped() && event != SlotEvent::demand) return;
  for (const SlotAction action : slot_.step(event, Clock::now())) act(action);
  if (slot_.state() == SlotState::cold && is_kept_warm()) {
    for (const SlotAction action : slot_.step(SlotEvent::demand, Clock::now())) act(action);
  }
  check_renewal();
  if (!stopped() || event == SlotEvent::demand) return;
  fail_renewal("the server stops");
  connections_.shut_down_all();
  environment_.on_stopped();
}

void SlotRunner::act(SlotAction action) {
  switch (action) {
    case SlotAction::start_worker:
      return start_worker();
    case SlotAction::lend:
      return serve_with_starting();
    case SlotAction::drain_serving:
      return let_serving_leave(Kind::drain);
    case SlotAction::finish_serving:
      return let_serving_leave(Kind::finish);
    case SlotAction::watch:
      return connections_.watch_held();
    case SlotAction::refuse:
      return begin_refusing();
    case SlotAction::open:
      return end_refusing();
    case SlotAction::revert:
      candidate_.reset();
      return fail_renewal(failure_);
    case SlotAction::set_timer:
      timer_ = environment_.loop.after(slot_.timer_delay(), [this] { handle(SlotEvent::timer); });
      return;
    case SlotAction::clear_timer:
      timer_ = {};
      return;
    case SlotAction::kill_starting:
      if (starting_) starting_->break_off("does not come up");
      return;
    case SlotAction::kill_all:
      environment_.log.warning("{} does not leave: killed", name());
      return kill();
  }
}

// It is done when the one that serves is of it, and no other one will begin a request.
void SlotRunner::check_renewal() {
  if (!renewal_ || !serving_ || serving_->revision() != renewal_->revision) return;
  for (const auto& worker : leaving_) {
    if (worker->revision() != renewal_->revision && !worker->is_leaving) return;
  }
  std::exchange(renewal_, std::nullopt)->done(std::nullopt);
}

void SlotRunner::fail_renewal(const std::string& why) {
  if (renewal_) std::exchange(renewal_, std::nullopt)->done(why);
}

// While nobody can answer, the socket is not to be found, or is another instance's: nginx makes the refusal of the one
// (again.conf) without asking anybody. What a crash has cost is a 502, and has run.
void SlotRunner::begin_refusing() {
  socket_.hide(revision_->function.sockets);
  connections_.drop_waiting();
}

void SlotRunner::end_refusing() {
  if (is_stopping() || socket_.show()) return;
  try {
    restore_socket();
  } catch (const Failure& failure) {
    environment_.log.error("{}", failure.what());
    open_timer_ = environment_.loop.after(1s, [this] { end_refusing(); });
  }
}

// ---- workers ----

void SlotRunner::start_worker() {
  try {
    starting_ = std::make_unique<Worker>(
        environment_, next_borrower_++, candidate_ ? candidate_ : revision_,
        Worker::Place{connections_.listener(), connections_.table_memory(), label()},
        [this](Worker& worker, const lending::Message& message) { return hear(worker, message); },
        [this](Worker& worker, Ending ending) { on_exit(worker, ending); });
  } catch (const std::system_error& error) {
    // Out of descriptors, memory or processes: as a start that failed, but not while that start is being asked for.
    failure_ = fmt::format("cannot start {}: {}", name(), error.what());
    environment_.log.error("{}", failure_);
    start_failure_ = environment_.loop.after(0s, [this] { handle(SlotEvent::start_failed); });
  }
}

void SlotRunner::serve_with_starting() {
  serving_ = std::move(starting_);
  revision_ = serving_->revision();
  if (candidate_ == revision_) candidate_.reset();
  ++starts_;
  serving_since_ = Clock::now();
  Worker& worker = *serving_;
  connections_.lend_to(worker.id(), [this, &worker](const lending::Message& message, int descriptor) {
    return lend(worker, message, descriptor);
  });
  look_after_idleness();
}

void SlotRunner::let_serving_leave(Kind kind) {
  connections_.stop_lending();
  idle_timer_ = {};
  if (!serving_) return;
  leaving_.push_back(std::move(serving_));
  Worker& worker = *leaving_.back();
  worker.is_told_to_leave = true;
  if (worker.send({kind, {}, {}})) expect_answer(worker);
  worker.leave_timer = environment_.loop.after(worker.revision()->function.limits.timeout + way_out,
                                               [&worker] { worker.break_off("does not leave"); });
}

std::unique_ptr<Worker> SlotRunner::take(const Worker& worker) {
  for (auto* one : {&starting_, &serving_}) {
    if (one->get() == &worker) return std::move(*one);
  }
  for (auto at = leaving_.begin(); at != leaving_.end(); ++at) {
    if (at->get() != &worker) continue;
    auto taken = std::move(*at);
    leaving_.erase(at);
    return taken;
  }
  return nullptr;
}

// What the end of a worker is to the state machine.
SlotEvent SlotRunner::meaning_of_end(const Worker& worker, Ending ending) const {
  if (&worker == starting_.get()) {
    return ending.signal == 0 && ending.code == not_executed ? SlotEvent::no_start : SlotEvent::start_failed;
  }
  if (&worker != serving_.get()) return SlotEvent::left;
  const bool has_answered = worker.counts().value_or(lending::Counts{}).answered > 0;
  return has_answered ? SlotEvent::crashed : SlotEvent::wasted;
}

void SlotRunner::say_end(const Worker& worker, Ending ending) {
  if (worker.is_told_to_leave && ending.clean()) return;
  const auto* const why = worker.why_broken_off();
  const auto text = why == nullptr ? fmt::format("{} ended by {}", worker.name(), ending.text())
                                   : fmt::format("{} {}", worker.name(), why);
  if (&worker == starting_.get()) {
    failure_ = text;
    if (const auto said = worker.last_line(); !said.empty()) failure_ += ": " + said;
    if (why == nullptr) environment_.log.error("{} (pid {})", text, worker.pid());
    return;
  }
  ++crashes_;
  last_crash_ = text;
  if (why == nullptr) worker.say_crash(text, ending.signal);
}

void SlotRunner::on_exit(Worker& worker, Ending ending) {
  worker.hear_the_rest();
  const SlotEvent event = meaning_of_end(worker, ending);
  say_end(worker, ending);
  const auto counts = worker.counts().value_or(lending::Counts{});
  answered_before_ += counts.answered;
  failed_before_ += counts.failed;
  const auto gone = take(worker);
  connections_.borrower_gone(gone->id());
  handle(event);
}

// ---- what is said ----

bool SlotRunner::lend(Worker& worker, const lending::Message& message, int descriptor) {
  if (!worker.send(message, descriptor)) return false;
  if (worker.answer_timer) return true;  // it has been asked already
  if (worker.send({Kind::ping, {}, {}})) expect_answer(worker);
  return true;
}

void SlotRunner::expect_answer(Worker& worker) {
  worker.answer_timer = environment_.loop.after(
      answer_deadline, [&worker] { worker.break_off("does not hear its supervisor"); });
}

bool SlotRunner::hear(Worker& worker, const lending::Message& message) {
  switch (message.kind) {
    case Kind::ready:
      if (worker.is_ready || &worker != starting_.get()) return false;
      worker.is_ready = true;
      handle(SlotEvent::came_up);
      return true;
    case Kind::returned:
      return connections_.take_back(worker.id(), message);
    case Kind::pong:
      if (!worker.is_told_to_leave) worker.answer_timer = {};
      return true;
    case Kind::leaving:
      if (!worker.is_told_to_leave || worker.is_leaving) return false;
      worker.is_leaving = true;
      worker.answer_timer = {};
      look_at(worker);
      check_renewal();
      return true;
    case Kind::replace:
      if (&worker == serving_.get()) {
        recycle(worker, message.connection.index == static_cast<std::uint32_t>(lending::Reason::memory)
                            ? "memory"
                            : "requests");
      }
      return true;
    default:
      return false;
  }
}

// ---- what a worker is left with ----

// Not one after the other without a pause, where each asks for it at once.
void SlotRunner::recycle(const Worker& worker, const char* why) {
  const auto try_after = [&](Clock::duration delay) {
    recycle_timer_ = environment_.loop.after(delay, [this, borrower = worker.id(), why] {
      if (serving_ && serving_->id() == borrower) recycle(*serving_, why);
    });
  };
  const auto left = worker.started() + least_age - Clock::now();
  if (left > 0ms) return try_after(left);
  environment_.log.info("{} (pid {}) is replaced: {}", name(), worker.pid(), why);
  // Where the next one does not come up, this one serves on, and is asked for again.
  try_after(recycle_again);
  handle(SlotEvent::recycle);
}

void SlotRunner::look_after_idleness() {
  const auto limit = revision_->function.limits.idle_timeout;
  idle_timer_ = {};
  if (!serving_ || limit == 0ms || is_kept_warm()) return;
  const auto counts = serving_->counts();
  if (!counts) return;
  const auto now = Clock::now();
  const auto last = std::clamp(Clock::time_point(counts->last_active), serving_since_, now);
  const auto left = last + limit - now;
  // What waits in a connection may be what it was started for: a worker that left without it would be started again.
  if (left <= 0ms && counts->running == 0 && counts->waiting == 0 && connections_.unread_count() == 0)
    return handle(SlotEvent::idle);
  idle_timer_ = environment_.loop.after(std::max<Clock::duration>(left, std::min<Clock::duration>(limit, 1s)),
                                        [this] { look_after_idleness(); });
}

void SlotRunner::on_hang_up(Borrower borrower) {
  Worker* const worker = find(borrower);
  if (worker == nullptr || worker->look_timer) return;
  const auto counts = worker->counts();
  worker->begun_at_look = counts ? counts->begun : 0;
  worker->look_timer = environment_.loop.after(look_again, [this, worker] { look_at(*worker); });
}

void SlotRunner::look_at(Worker& worker) {
  worker.look_timer = {};
  const auto holdings = connections_.holdings_of(worker.id());
  const auto counts = worker.counts();
  // Where it begins others all the time, something is unread at each look: that is a queue, and no deaf worker.
  const bool begins_others = counts && counts->begun != worker.begun_at_look;
  worker.unread_looks = holdings.unread > 0 && !begins_others ? worker.unread_looks + 1 : 0;
  worker.begun_at_look = counts ? counts->begun : 0;
  if (holdings.abandoned == 0) worker.abandoned_since.reset();
  if (holdings.abandoned == 0 && holdings.unread == 0) return;
  const auto now = Clock::now();
  if (!worker.abandoned_since) worker.abandoned_since = now;
  const auto& limits = worker.revision()->function.limits;
  const auto overdue = overdue_requests(worker);
  if (worker.is_leaving && holdings.abandoned == holdings.all && overdue == Overdue::all) {
    return worker.break_off("is stuck in requests that nobody waits for");
  }
  if (worker.unread_looks >= most_unread_looks && counts && counts->running < limits.concurrency) {
    return worker.break_off("leaves requests unread");
  }
  worker.look_timer = environment_.loop.after(look_again, [this, &worker] { look_at(worker); });
  if (&worker == serving_.get() && overdue != Overdue::none) {
    worker.abandoned_since = now;
    recycle(worker, "a request runs for longer than its timeout");
  }
}

// Where the worker does not say when its requests began, all that is known is since when nobody waits for one.
SlotRunner::Overdue SlotRunner::overdue_requests(const Worker& worker) const {
  const auto timeout = worker.revision()->function.limits.timeout;
  const auto now = Clock::now();
  if (now - *worker.abandoned_since >= timeout) return Overdue::all;
  const auto calls = worker.recording().running;
  const auto count = std::count_if(calls.begin(), calls.end(), [&](const auto& call) {
    const auto began = Clock::time_point(call.began);
    return began > worker.started() && began + timeout < now;
  });
  if (count == 0) return Overdue::none;
  return count == std::ssize(calls) ? Overdue::all : Overdue::some;
}

void SlotRunner::on_child_stopped(pid_t pid) {
  for_each_worker([&](Worker& worker) {
    if (worker.pid() != pid) return;
    worker.stop_timer =
        environment_.loop.after(stopped_grace, [&worker] { worker.break_off("was stopped by a signal"); });
  });
}

void SlotRunner::on_child_continued(pid_t pid) {
  for_each_worker([&](Worker& worker) {
    if (worker.pid() == pid) worker.stop_timer = {};
  });
}

}  // namespace stile::supervisor
