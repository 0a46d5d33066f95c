#include "supervisor/slot_runner.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "lending/counters.hpp"
#include "lending/recorder.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;
using lending::Kind;

namespace {

// Messages of one worker that are heard before the others have their turn.
constexpr int most_at_once = 64;
// What a worker may take to answer over its control socket, which has a thread of its own.
constexpr auto answer_deadline = 10s;
// A request that nobody waits for any more, bytes that are left unread: looked at again after so long.
constexpr auto look_again = 1s;
constexpr unsigned most_unread_looks = 3;
// A worker that was stopped by a signal may be on its way to go on.
constexpr auto stopped_grace = 1s;
// What a drain may take beyond what a request may.
constexpr auto way_out = 2s;
constexpr auto recycle_again = 30s;
constexpr auto time_to_say_so = 50ms;

SlotTimes times_for(const ResolvedLimits& limits) {
  SlotTimes times;
  times.drain_deadline = limits.timeout + way_out;
  return times;
}

std::mt19937& randomness() {
  static std::mt19937 source{std::random_device{}()};
  return source;
}

// So that the instances of a function, which get the same load, are not replaced together.
std::uint64_t spread(std::uint64_t most) {
  return std::uniform_int_distribution<std::uint64_t>{most - most / 4, most}(randomness());
}

// "; it was running ID (crashed), ID; in frame, frame": what is known, on one line.
std::string circumstances(const lending::Recording& recording) {
  std::string text;
  for (const auto& call : recording.running) {
    text += fmt::format("{} {}{}", text.empty() ? "; it was running" : ",", call.request_id,
                        call.crashed ? " (crashed)" : "");
  }
  std::string_view frames = recording.backtrace;
  for (bool is_first = true; !frames.empty(); is_first = false) {
    const auto frame = frames.substr(0, frames.find('\n'));
    frames.remove_prefix(std::min(frame.size() + 1, frames.size()));
    text += fmt::format("{} {}", is_first ? "; in" : " <", frame);
  }
  return text;
}

}  // namespace

SlotRunner::Worker::~Worker() {
  if (!counters_path.empty()) ::unlink(counters_path.c_str());
}

SlotRunner::SlotRunner(const SlotEnvironment& environment, std::shared_ptr<const Revision> revision,
                       std::string socket, std::uint32_t instance)
    : environment_(environment),
      revision_(std::move(revision)),
      socket_(std::move(socket)),
      instance_(instance),
      slot_(times_for(revision_->function.limits), static_cast<std::uint32_t>(randomness()())),
      connections_(environment.loop, listen_on(socket_, environment.socket_group),
                   [this] { handle(SlotEvent::demand); }) {
  connections_.on_hang_up([this](Borrower borrower) { on_hang_up(borrower); });
  note_socket();
  unlink_marks();  // one that was killed has left them
  if (is_kept_warm()) handle(SlotEvent::demand);
}

SlotRunner::~SlotRunner() {
  unlink_socket();
  unlink_marks();
}

bool SlotRunner::is_socket_there() const {
  struct stat status {};
  return ::lstat(socket_.c_str(), &status) == 0 && status.st_ino == socket_inode_;
}

void SlotRunner::note_socket() {
  struct stat status {};
  if (::lstat(socket_.c_str(), &status) == 0) socket_inode_ = status.st_ino;
}

// Where it is ours still: another slot may have been put in its place.
void SlotRunner::unlink_socket() const {
  if (is_socket_there()) ::unlink(socket_.c_str());
}

void SlotRunner::restore_socket() {
  struct stat status {};
  if (is_stopping() || is_refusing() || ::lstat(socket_.c_str(), &status) == 0) return;
  environment_.log.warning("somebody has deleted {}: there is another one now", socket_);
  auto fresh = listen_on(socket_, environment_.socket_group);
  note_socket();
  connections_.listen_to(std::move(fresh));
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
  unlink_socket();  // who comes now is refused at once, instead of waiting for the end
  if (connections_.close()) handle(SlotEvent::demand);
  handle(SlotEvent::stop);
}

void SlotRunner::kill() {
  for_each_worker([](const Worker& worker) { worker.process->signal(SIGKILL); });
}

template <class Action>
void SlotRunner::for_each_worker(Action action) const {
  for (const auto* one : {&starting_, &serving_}) {
    if (*one) action(**one);
  }
  for (const auto& one : leaving_) action(*one);
}

SlotRunner::Worker* SlotRunner::find(Borrower borrower) {
  Worker* found = nullptr;
  for_each_worker([&](Worker& worker) {
    if (worker.id == borrower) found = &worker;
  });
  return found;
}

SlotStatus SlotRunner::status() const {
  SlotStatus status;
  status.state = slot_.state();
  if (serving_) {
    status.pid = serving_->pid;
    status.counters = serving_->counters_path;
  }
  for (const auto& worker : leaving_) status.leaving.push_back(worker->pid);
  status.waiting = connections_.unread_count();
  status.restarts = starts_ == 0 ? 0 : starts_ - 1;
  status.crashes = crashes_;
  status.last_crash = last_crash_;
  status.answered_before = answered_before_;
  status.failed_before = failed_before_;
  // Of those that leave, whoever asks would have to read further files.
  for (const auto& worker : leaving_) {
    if (!worker->counters) continue;
    const auto counts = lending::read_counts(worker->counters.get());
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
      if (starting_) break_off(*starting_, "does not come up");
      return;
    case SlotAction::kill_all:
      environment_.log.warning("{} does not leave: killed", name());
      return kill();
  }
}

// It is done when the one that serves is of it, and no other one will begin a request.
void SlotRunner::check_renewal() {
  if (!renewal_ || !serving_ || serving_->revision != renewal_->revision) return;
  for (const auto& worker : leaving_) {
    if (worker->revision != renewal_->revision && !worker->is_leaving) return;
  }
  std::exchange(renewal_, std::nullopt)->done(std::nullopt);
}

void SlotRunner::fail_renewal(const std::string& why) {
  if (renewal_) std::exchange(renewal_, std::nullopt)->done(why);
}

// While nobody can answer, the socket is not to be found: nginx makes the refusal of that (again.conf) without asking
// anybody, and it is back as it was. Of connections that were there before, and are shut down unread, a file tells nginx.
// What a crash has cost is a 502, and has run: nginx has to have said so before.
void SlotRunner::begin_refusing() {
  if (const auto left = last_crash_at_ + time_to_say_so - Clock::now(); left > 0ms && !stopped()) {
    refuse_timer_ = environment_.loop.after(left, [this] {
      if (is_refusing()) begin_refusing();
    });
    return;
  }
  if (is_socket_there()) {
    posix::Fd(::open(refusing_file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    ::rename(socket_.c_str(), hidden_socket().c_str());
  }
  connections_.drop_waiting();
}

void SlotRunner::unlink_marks() const {
  ::unlink(refusing_file().c_str());
  ::unlink(hidden_socket().c_str());
}

void SlotRunner::end_refusing() {
  ::unlink(refusing_file().c_str());
  if (is_stopping() || ::rename(hidden_socket().c_str(), socket_.c_str()) == 0) return;
  try {
    restore_socket();
  } catch (const Failure& failure) {
    environment_.log.error("{}", failure.what());
    open_timer_ = environment_.loop.after(1s, [this] { end_refusing(); });
  }
}

// ---- workers ----

Command SlotRunner::worker_command(const Worker& worker, int control) const {
  const auto& function = worker.revision->function;
  const auto& limits = function.limits;
  Command command;
  command.executable = worker.revision->executable->file.get();
  command.arguments = {function.executable,
                       "--supervised",
                       "--successor",
                       environment_.successor,
                       "--slot",
                       label(),
                       "--prefix",
                       environment_.prefix,
                       "--route",
                       function.manifest.route.pattern(),
                       "--timeout-ms",
                       fmt::format("{}", limits.timeout.count()),
                       "--concurrency",
                       fmt::format("{}", limits.concurrency),
                       "--max-body",
                       fmt::format("{}", limits.max_body)};
  const auto add = [&](const char* option, std::uint64_t value) {
    if (value > 0) command.arguments.insert(command.arguments.end(), {option, fmt::format("{}", value)});
  };
  add("--max-requests", spread(limits.max_requests));
  add("--max-memory", limits.max_memory);
  add("--slow-ms", static_cast<std::uint64_t>(limits.slow.count()));
  if (environment_.debug) command.arguments.emplace_back("--debug");
  command.environment = environment_.variables;
  command.files = {{connections_.listener(), lending::listening_descriptor},
                   {worker.output.writer(), STDOUT_FILENO},
                   {worker.output.writer(), STDERR_FILENO},
                   {control, lending::control_descriptor},
                   {connections_.table_memory(), lending::table_descriptor}};
  if (worker.counters) command.files.emplace_back(worker.counters.get(), lending::counters_descriptor);
  if (worker.recorder) command.files.emplace_back(worker.recorder.get(), lending::recorder_descriptor);
  command.working_directory = environment_.state_directory;
  command.account = environment_.account;
  command.is_first_to_die = true;
  return command;
}

// A full disk, a folder that is read-only now: then nobody else sees them.
void SlotRunner::make_counters(Worker& worker) {
  const auto path = fmt::format("{}/workers/{}", environment_.run_directory, label());
  try {
    ::unlink((path + ".~").c_str());
    worker.counters = lending::create_counters(path + ".~");
    worker.counters_path = path;
  } catch (const std::system_error&) {
    try {
      worker.counters = lending::create_counters("");
    } catch (const std::system_error&) {
      return;
    }
  }
}

void SlotRunner::start_worker() {
  auto revision = candidate_ ? candidate_ : revision_;
  try {
    std::array<int, 2> ends{};
    posix::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    posix::Fd ours(ends[0]);
    posix::Fd theirs(ends[1]);
    auto& loop = environment_.loop;
    auto fresh = std::make_unique<Worker>(next_borrower_++, std::move(revision), loop, environment_.log);
    Worker& worker = *fresh;
    worker.control = std::move(ours);
    posix::check(::fcntl(worker.control.get(), F_SETFL, O_NONBLOCK), "F_SETFL");
    worker.control_watch = loop.watch(worker.control.get(), EPOLLIN,
                                      [this, &worker](std::uint32_t events) { on_control(worker, events); });
    make_counters(worker);
    worker.recorder = lending::create_recorder(worker.revision->function.limits.concurrency);
    worker.process = std::make_unique<Process>(loop, worker_command(worker, theirs.get()),
                                               [this, &worker](Ending ending) { on_exit(worker, ending); });
    worker.output.close_writer();
    worker.pid = worker.process->pid();
    if (!worker.counters_path.empty()) {
      const auto path = fmt::format("{}.{}", worker.counters_path, worker.pid);
      const auto fresh_path = worker.counters_path + ".~";
      worker.counters_path = ::rename(fresh_path.c_str(), path.c_str()) == 0 ? path : "";
    }
    starting_ = std::move(fresh);
  } catch (const std::system_error& error) {
    // Out of descriptors, memory or processes: as a start that failed, but not while that start is being asked for.
    failure_ = fmt::format("cannot start {}: {}", name(), error.what());
    environment_.log.error("{}", failure_);
    start_failure_ = environment_.loop.after(0s, [this] { handle(SlotEvent::start_failed); });
  }
}

void SlotRunner::serve_with_starting() {
  serving_ = std::move(starting_);
  revision_ = serving_->revision;
  if (candidate_ == revision_) candidate_.reset();
  ++starts_;
  Worker& worker = *serving_;
  connections_.lend_to(worker.id, [this, &worker](const lending::Message& message, int descriptor) {
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
  if (send(worker, {kind, {}, {}}, -1)) expect_answer(worker);
  worker.leave_timer = environment_.loop.after(worker.revision->function.limits.timeout + way_out,
                                               [this, &worker] { break_off(worker, "does not leave"); });
}

std::unique_ptr<SlotRunner::Worker> SlotRunner::take(const Worker& worker) {
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
  const bool has_answered = worker.counters && lending::read_counts(worker.counters.get()).answered > 0;
  return has_answered ? SlotEvent::crashed : SlotEvent::wasted;
}

void SlotRunner::say_end(const Worker& worker, Ending ending) {
  if (worker.is_told_to_leave && ending.clean()) return;
  const auto& function = worker.revision->function.manifest.name;
  auto text = worker.why_broken_off == nullptr ? fmt::format("{} ended by {}", function, ending.text())
                                               : fmt::format("{} {}", function, worker.why_broken_off);
  if (&worker == starting_.get()) {
    failure_ = text;
    if (const auto said = worker.output.last_line(); !said.empty()) failure_ += ": " + said;
    if (worker.why_broken_off == nullptr) environment_.log.error("{} (pid {})", text, worker.pid);
    return;
  }
  ++crashes_;
  last_crash_at_ = Clock::now();
  last_crash_ = text;
  if (worker.why_broken_off == nullptr) say_crash(worker, text, ending.signal);
}

// Keeps the request whose thread crashed; where that is not known (it was killed, it called exit), those that ran, as far
// as they are few.
void SlotRunner::say_crash(const Worker& worker, const std::string& text, int signal) {
  constexpr std::size_t most_kept = 4;
  const auto recording = lending::read_recorder(worker.recorder.get());
  const auto& calls = recording.running;
  const bool is_known =
      std::any_of(calls.begin(), calls.end(), [](const auto& call) { return call.crashed; });
  std::string kept;
  std::size_t count = 0;
  for (const auto& call : calls) {
    if ((is_known && !call.crashed) || ++count > most_kept) continue;
    CrashFile crash;
    crash.function = worker.revision->function.manifest.name;
    crash.pid = worker.pid;
    crash.signal = signal;
    crash.time = std::chrono::system_clock::now();
    crash.request_id = call.request_id;
    crash.method = call.method;
    crash.uri = call.uri;
    crash.headers = call.headers;
    crash.body = call.body;
    crash.body_size = call.body_size;
    crash.backtrace = recording.backtrace;
    const auto file = environment_.crashes.keep(crash, worker.revision->function.id);
    if (!file.empty()) kept += fmt::format("; stile replay {}", file);
  }
  environment_.log.error("{} (pid {}){}{}", text, worker.pid, circumstances(recording), kept);
}

void SlotRunner::on_exit(Worker& worker, Ending ending) {
  receive(worker, std::numeric_limits<int>::max());  // what it said before it ended
  worker.output.drain();
  const SlotEvent event = meaning_of_end(worker, ending);
  say_end(worker, ending);
  if (worker.counters) {
    const auto counts = lending::read_counts(worker.counters.get());
    answered_before_ += counts.answered;
    failed_before_ += counts.failed;
  }
  const Borrower borrower = worker.id;
  const auto gone = take(worker);
  connections_.borrower_gone(borrower);
  handle(event);
}

// The worker is of no use any more: its end decides what follows.
void SlotRunner::break_off(Worker& worker, const char* why) {
  say_crash(worker, fmt::format("{} {}: killed", worker.revision->function.manifest.name, why), SIGKILL);
  worker.why_broken_off = why;
  worker.process->signal(SIGKILL);
  worker.control_watch = {};
  worker.control.reset();
}

// ---- what is said ----

bool SlotRunner::send(Worker& worker, const lending::Message& message, int descriptor) {
  if (!worker.control) return false;
  if (worker.outgoing.empty()) {
    const auto sent = lending::send(worker.control.get(), message, descriptor);
    if (sent == lending::Sent::done) return true;
    if (sent == lending::Sent::gone) return false;
  }
  posix::Fd copy(descriptor == -1 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (descriptor != -1 && !copy) {  // no descriptors left: this worker can't be told, so it has to go
    worker.process->signal(SIGKILL);
    return false;
  }
  worker.outgoing.push_back({message, std::move(copy)});
  worker.control_watch.rearm(EPOLLIN | EPOLLOUT);
  return true;
}

bool SlotRunner::lend(Worker& worker, const lending::Message& message, int descriptor) {
  if (!send(worker, message, descriptor)) return false;
  if (worker.answer_timer) return true;  // it has been asked already
  if (send(worker, {Kind::ping, {}, {}}, -1)) expect_answer(worker);
  return true;
}

void SlotRunner::expect_answer(Worker& worker) {
  worker.answer_timer = environment_.loop.after(
      answer_deadline, [this, &worker] { break_off(worker, "does not hear its supervisor"); });
}

void SlotRunner::flush_outgoing(Worker& worker) {
  auto& queue = worker.outgoing;
  while (!queue.empty()) {
    const auto& next = queue.front();
    if (lending::send(worker.control.get(), next.message, next.descriptor.get()) != lending::Sent::done)
      return;
    queue.pop_front();
  }
  worker.control_watch.rearm(EPOLLIN);
}

void SlotRunner::on_control(Worker& worker, std::uint32_t events) {
  receive(worker, most_at_once);
  if ((events & EPOLLOUT) != 0 && worker.control) flush_outgoing(worker);
}

void SlotRunner::receive(Worker& worker, int most) {
  for (int count = 0; count < most && worker.control; ++count) {
    const auto receipt = lending::receive(worker.control.get());
    if (receipt.packet) {
      hear(worker, receipt.packet->message);
    } else if (receipt.why_not == lending::Nothing::would_block) {
      return;
    } else if (receipt.why_not == lending::Nothing::malformed) {
      return break_off(worker, "breaks the protocol");
    } else {  // its end will be reported
      worker.control_watch = {};
      worker.control.reset();
    }
  }
}

void SlotRunner::hear(Worker& worker, const lending::Message& message) {
  switch (message.kind) {
    case Kind::ready:
      if (worker.is_ready || &worker != starting_.get()) break;
      worker.is_ready = true;
      return handle(SlotEvent::came_up);
    case Kind::returned:
      if (!connections_.take_back(worker.id, message)) break;
      return;
    case Kind::pong:
      if (!worker.is_told_to_leave) worker.answer_timer = {};
      return;
    case Kind::leaving:
      if (!worker.is_told_to_leave || worker.is_leaving) break;
      worker.is_leaving = true;
      worker.answer_timer = {};
      look_at(worker);
      return check_renewal();
    case Kind::replace:
      if (&worker != serving_.get()) return;
      return recycle(worker, message.connection.index == static_cast<std::uint32_t>(lending::Reason::memory)
                                 ? "memory"
                                 : "requests");
    default:
      break;
  }
  break_off(worker, "breaks the protocol");
}

// ---- what a worker is left with ----

void SlotRunner::recycle(const Worker& worker, const char* why) {
  environment_.log.info("{} (pid {}) is replaced: {}", name(), worker.pid, why);
  handle(SlotEvent::recycle);
  // Where the next one does not come up, this one serves on, and is asked for again.
  recycle_timer_ = environment_.loop.after(recycle_again, [this, borrower = worker.id, why] {
    if (serving_ && serving_->id == borrower) recycle(*serving_, why);
  });
}

void SlotRunner::look_after_idleness() {
  const auto limit = revision_->function.limits.idle_timeout;
  idle_timer_ = {};
  if (!serving_ || !serving_->counters || limit == 0ms || is_kept_warm()) return;
  const auto now = Clock::now();
  const auto counts = lending::read_counts(serving_->counters.get());
  const auto last = std::clamp(Clock::time_point(counts.last_active), serving_->started, now);
  const auto left = last + limit - now;
  if (left <= 0ms && counts.running == 0 && counts.waiting == 0) return handle(SlotEvent::idle);
  idle_timer_ = environment_.loop.after(std::max<Clock::duration>(left, std::min<Clock::duration>(limit, 1s)),
                                        [this] { look_after_idleness(); });
}

void SlotRunner::on_hang_up(Borrower borrower) {
  Worker* const worker = find(borrower);
  if (worker == nullptr || worker->look_timer) return;
  worker->look_timer = environment_.loop.after(look_again, [this, worker] { look_at(*worker); });
}

void SlotRunner::look_at(Worker& worker) {
  worker.look_timer = {};
  const auto holdings = connections_.holdings_of(worker.id);
  worker.unread_looks = holdings.unread > 0 ? worker.unread_looks + 1 : 0;
  if (holdings.abandoned == 0) worker.abandoned_since.reset();
  if (holdings.abandoned == 0 && holdings.unread == 0) return;
  const auto now = Clock::now();
  if (!worker.abandoned_since) worker.abandoned_since = now;
  const auto& limits = worker.revision->function.limits;
  const auto running =
      worker.counters ? lending::read_counts(worker.counters.get()).running : limits.concurrency;
  const auto overdue = overdue_requests(worker);
  if (worker.is_leaving && holdings.abandoned == holdings.all && overdue == Overdue::all) {
    return break_off(worker, "is stuck in requests that nobody waits for");
  }
  if (worker.unread_looks >= most_unread_looks && running < limits.concurrency) {
    return break_off(worker, "leaves requests unread");
  }
  worker.look_timer = environment_.loop.after(look_again, [this, &worker] { look_at(worker); });
  if (&worker == serving_.get() && overdue != Overdue::none) {
    worker.abandoned_since = now;
    recycle(worker, "a request runs for longer than its timeout");
  }
}

// Where the worker does not say when its requests began, all that is known is since when nobody waits for one.
SlotRunner::Overdue SlotRunner::overdue_requests(const Worker& worker) const {
  const auto timeout = worker.revision->function.limits.timeout;
  const auto now = Clock::now();
  if (now - *worker.abandoned_since >= timeout) return Overdue::all;
  const auto calls = lending::read_recorder(worker.recorder.get()).running;
  const auto count = std::count_if(calls.begin(), calls.end(), [&](const auto& call) {
    const auto began = Clock::time_point(call.began);
    return began > worker.started && began + timeout < now;
  });
  if (count == 0) return Overdue::none;
  return count == std::ssize(calls) ? Overdue::all : Overdue::some;
}

void SlotRunner::on_child_stopped(pid_t pid) {
  for_each_worker([&](Worker& worker) {
    if (worker.pid != pid) return;
    worker.stop_timer = environment_.loop.after(
        stopped_grace, [this, &worker] { break_off(worker, "was stopped by a signal"); });
  });
}

void SlotRunner::on_child_continued(pid_t pid) {
  for_each_worker([&](Worker& worker) {
    if (worker.pid == pid) worker.stop_timer = {};
  });
}

}  // namespace stile::supervisor
