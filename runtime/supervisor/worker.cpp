#include "supervisor/worker.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "posix/error.hpp"
#include "supervisor/worker_file.hpp"

namespace stile::supervisor {
namespace {

// Messages of one worker that are heard before the others have their turn.
constexpr int most_at_once = 64;

// So that the instances of a function, which get the same load, are not replaced together.
std::uint64_t spread(std::uint64_t most) {
  static std::mt19937_64 source{std::random_device{}()};
  return std::uniform_int_distribution<std::uint64_t>{most - most / 4, most}(source);
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

Worker::Worker(const SlotEnvironment& environment, Borrower id, std::shared_ptr<const Revision> revision,
               const Place& place, OnMessage on_message, OnExit on_exit)
    : environment_(environment),
      id_(id),
      revision_(std::move(revision)),
      on_message_(std::move(on_message)),
      output_(environment.loop, environment.log, name(), Wording::records) {
  std::array<int, 2> ends{};
  posix::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  control_.reset(ends[0]);
  const posix::Fd theirs(ends[1]);
  posix::check(::fcntl(control_.get(), F_SETFL, O_NONBLOCK), "F_SETFL");
  control_watch_ =
      environment.loop.watch(control_.get(), EPOLLIN, [this](std::uint32_t events) { on_control(events); });
  make_counters(place.label);
  recorder_ = lending::create_recorder(revision_->function.limits.concurrency);
  process_ = std::make_unique<Process>(
      environment.loop, command(place, theirs.get()),
      [this, on_exit = std::move(on_exit)](Ending ending) { on_exit(*this, ending); });
  output_.close_writer();
  pid_ = process_->pid();
  name_counters();
}

Worker::~Worker() {
  if (!counters_path_.empty()) ::unlink(counters_path_.c_str());
}

Command Worker::command(const Place& place, int control) const {
  const auto& function = revision_->function;
  const auto& limits = function.limits;
  Command started;
  started.executable = revision_->executable->file.get();
  started.arguments = {function.executable,
                       "--supervised",
                       "--successor",
                       environment_.successor,
                       "--slot",
                       place.label,
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
    if (value > 0) started.arguments.insert(started.arguments.end(), {option, fmt::format("{}", value)});
  };
  add("--max-requests", spread(limits.max_requests));
  add("--max-memory", limits.max_memory);
  add("--slow-ms", static_cast<std::uint64_t>(limits.slow.count()));
  if (environment_.debug) started.arguments.emplace_back("--debug");
  started.environment = environment_of_function(function.environment);
  started.environment.insert(started.environment.end(), environment_.variables.begin(),
                             environment_.variables.end());
  started.files = {{place.listener, lending::listening_descriptor},
                   {output_.writer(), STDOUT_FILENO},
                   {output_.writer(), STDERR_FILENO},
                   {control, lending::control_descriptor},
                   {place.table_memory, lending::table_descriptor}};
  if (counters_) started.files.emplace_back(counters_.get(), lending::counters_descriptor);
  if (recorder_) started.files.emplace_back(recorder_.get(), lending::recorder_descriptor);
  started.working_directory = environment_.state_directory;
  started.account = environment_.account;
  started.is_first_to_die = true;
  return started;
}

// A full disk, a folder that is read-only now: then nobody else sees them.
void Worker::make_counters(const std::string& label) {
  const auto path = fmt::format("{}/workers/{}", environment_.run_directory, label);
  try {
    ::unlink((path + ".~").c_str());
    counters_ = lending::create_counters(path + ".~");
    counters_path_ = path;
  } catch (const std::system_error&) {
    try {
      counters_ = lending::create_counters("");
    } catch (const std::system_error&) {
      return;
    }
  }
}

void Worker::name_counters() {
  if (counters_path_.empty()) return;
  const auto path =
      worker_file_name(counters_path_, {pid_, start_time(pid_), revision_->function.limits.timeout});
  const auto fresh = counters_path_ + ".~";
  counters_path_ = ::rename(fresh.c_str(), path.c_str()) == 0 ? path : "";
}

std::optional<lending::Counts> Worker::counts() const {
  if (!counters_) return std::nullopt;
  return lending::read_counts(counters_.get());
}

bool Worker::send(const lending::Message& message, int descriptor) {
  if (!control_) return false;
  if (outgoing_.empty()) {
    const auto sent = lending::send(control_.get(), message, descriptor);
    if (sent == lending::Sent::done) return true;
    if (sent == lending::Sent::gone) return false;
  }
  posix::Fd copy(descriptor == -1 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (descriptor != -1 && !copy) {  // no descriptors left: this worker can't be told, so it has to go
    kill();
    return false;
  }
  outgoing_.push_back({message, std::move(copy)});
  control_watch_.rearm(EPOLLIN | EPOLLOUT);
  return true;
}

void Worker::flush() {
  while (!outgoing_.empty()) {
    const auto& next = outgoing_.front();
    if (lending::send(control_.get(), next.message, next.descriptor.get()) != lending::Sent::done) return;
    outgoing_.pop_front();
  }
  control_watch_.rearm(EPOLLIN);
}

void Worker::on_control(std::uint32_t events) {
  receive(most_at_once);
  if ((events & EPOLLOUT) != 0 && control_) flush();
}

void Worker::receive(int most) {
  for (int count = 0; count < most && control_; ++count) {
    const auto receipt = lending::receive(control_.get());
    if (receipt.packet) {
      if (!on_message_(*this, receipt.packet->message)) return break_off("breaks the protocol");
    } else if (receipt.why_not == lending::Nothing::would_block) {
      return;
    } else if (receipt.why_not == lending::Nothing::malformed) {
      return break_off("breaks the protocol");
    } else {  // its end will be reported
      hang_up();
    }
  }
}

void Worker::hear_the_rest() {
  receive(std::numeric_limits<int>::max());
  output_.drain();
}

void Worker::hang_up() {
  control_watch_ = {};
  control_.reset();
}

void Worker::break_off(const char* why) {
  if (why_broken_off_ != nullptr) return;
  say_crash(fmt::format("{} {}: killed", name(), why), SIGKILL);
  why_broken_off_ = why;
  kill();
  hang_up();
}

// Keeps the request whose thread crashed; where that is not known (it was killed, it called exit), those that ran, as far
// as they are few.
void Worker::say_crash(const std::string& text, int signal) const {
  constexpr std::size_t most_kept = 4;
  const auto recorded = recording();
  const auto& calls = recorded.running;
  const bool is_known =
      std::any_of(calls.begin(), calls.end(), [](const auto& call) { return call.crashed; });
  std::string kept;
  std::size_t count = 0;
  for (const auto& call : calls) {
    if ((is_known && !call.crashed) || ++count > most_kept) continue;
    CrashFile crash;
    crash.function = name();
    crash.pid = pid_;
    crash.signal = signal;
    crash.time = std::chrono::system_clock::now();
    crash.request_id = call.request_id;
    crash.method = call.method;
    crash.uri = call.uri;
    crash.headers = call.headers;
    crash.body = call.body;
    crash.body_size = call.body_size;
    crash.backtrace = recorded.backtrace;
    const auto file = environment_.crashes.keep(crash, revision_->function.id);
    if (!file.empty()) kept += fmt::format("; stile replay {}", file);
  }
  environment_.log.error("{} (pid {}){}{}", text, pid_, circumstances(recorded), kept);
}

}  // namespace stile::supervisor
