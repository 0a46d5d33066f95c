#include "supervisor/slot_runner.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>
#include <system_error>
#include <utility>

#include "posix/error.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;
using lending::Kind;

namespace {

// Messages of one worker that are heard before the others have their turn.
constexpr int most_at_once = 64;

// A drain takes as long as a request may, and a little for the way out.
SlotTimes times_for(const ResolvedLimits& limits) {
  SlotTimes times;
  times.drain_deadline = limits.timeout + 2s;
  return times;
}

}  // namespace

SlotRunner::SlotRunner(const SlotEnvironment& environment, const DeployedFunction& function,
                       std::string socket, int executable)
    : environment_(environment),
      function_(function),
      socket_(std::move(socket)),
      executable_(executable),
      slot_(times_for(function.limits)),
      listener_(listen_on(socket_, environment.socket_group)),
      connections_(environment.loop, listener_.get(), [this] { handle(SlotEvent::demand); }) {}

SlotRunner::~SlotRunner() { ::unlink(socket_.c_str()); }

void SlotRunner::stop() {
  ::unlink(socket_.c_str());  // who comes now is refused at once, instead of waiting for the end
  if (connections_.close()) handle(SlotEvent::demand);
  handle(SlotEvent::stop);
  end_if_stopped();
}

void SlotRunner::end_if_stopped() {
  if (!stopped()) return;
  connections_.shut_down_all();
  environment_.on_stopped();
}

void SlotRunner::kill() {
  if (worker_) worker_->process->signal(SIGKILL);
}

void SlotRunner::handle(SlotEvent event) {
  for (const SlotAction action : slot_.step(event, Clock::now())) act(action);
}

void SlotRunner::act(SlotAction action) {
  switch (action) {
    case SlotAction::start_worker:
      return start_worker();
    case SlotAction::lend:
      return connections_.lend_to(
          [this](const lending::Message& message, int descriptor) { return send(message, descriptor); });
    case SlotAction::watch:
      return connections_.watch_held();
    case SlotAction::drop_waiting:
      return connections_.drop_waiting();
    case SlotAction::set_timer:
      timer_ = environment_.loop.after(slot_.timer_delay(), [this] { handle(SlotEvent::timer); });
      return;
    case SlotAction::clear_timer:
      timer_ = {};
      return;
    case SlotAction::drain_worker:
      connections_.stop_lending();
      send({Kind::finish, {}, {}}, -1);
      return;
    case SlotAction::kill_worker:
      environment_.log.warning("{} does not {}: killed", function_.manifest.name,
                               slot_.state() == SlotState::starting ? "come up" : "leave");
      return kill();
  }
}

Command SlotRunner::worker_command(int control, int listening) const {
  const auto& limits = function_.limits;
  Command command;
  command.executable = executable_;
  command.arguments = {function_.executable,
                       "--supervised",
                       "--prefix",
                       environment_.prefix,
                       "--route",
                       function_.manifest.route.pattern(),
                       "--timeout-ms",
                       fmt::format("{}", limits.timeout.count()),
                       "--concurrency",
                       fmt::format("{}", limits.concurrency),
                       "--max-body",
                       fmt::format("{}", limits.max_body)};
  command.environment = environment_.variables;
  command.files = {{listening, lending::listening_descriptor},
                   {worker_->output.writer(), STDOUT_FILENO},
                   {worker_->output.writer(), STDERR_FILENO},
                   {control, lending::control_descriptor},
                   {connections_.table_memory(), lending::table_descriptor}};
  command.working_directory = environment_.state_directory;
  command.account = environment_.account;
  return command;
}

void SlotRunner::start_worker() {
  try {
    std::array<int, 2> ends{};
    posix::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    posix::Fd theirs(ends[1]);
    auto& loop = environment_.loop;
    worker_ = std::make_unique<Worker>(loop, environment_.log, function_.manifest.name);
    worker_->control.reset(ends[0]);
    posix::check(::fcntl(ends[0], F_SETFL, O_NONBLOCK), "F_SETFL");
    worker_->control_watch =
        loop.watch(ends[0], EPOLLIN, [this](std::uint32_t events) { on_control(events); });
    worker_->process = std::make_unique<Process>(loop, worker_command(theirs.get(), listener_.get()),
                                                 [this](Ending ending) { on_exit(ending); });
    worker_->output.close_writer();
  } catch (
      const std::system_error& error) {  // out of descriptors, memory or processes: as a start that failed
    environment_.log.error("cannot start {}: {}", function_.manifest.name, error.what());
    worker_.reset();
    handle(SlotEvent::exited);
  }
}

bool SlotRunner::send(const lending::Message& message, int descriptor) {
  if (!worker_ || !worker_->control) return false;
  if (worker_->outgoing.empty()) {
    const auto sent = lending::send(worker_->control.get(), message, descriptor);
    if (sent == lending::Sent::done) return true;
    if (sent == lending::Sent::gone) return false;
  }
  posix::Fd copy(descriptor == -1 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (descriptor != -1 && !copy) {  // no descriptors left: this worker can't be told, so it has to go
    kill();
    return false;
  }
  worker_->outgoing.push_back({message, std::move(copy)});
  worker_->control_watch.rearm(EPOLLIN | EPOLLOUT);
  return true;
}

void SlotRunner::flush_outgoing() {
  auto& queue = worker_->outgoing;
  while (!queue.empty()) {
    const auto& next = queue.front();
    if (lending::send(worker_->control.get(), next.message, next.descriptor.get()) != lending::Sent::done)
      return;
    queue.pop_front();
  }
  worker_->control_watch.rearm(EPOLLIN);
}

void SlotRunner::on_control(std::uint32_t events) {
  receive(most_at_once);
  if ((events & EPOLLOUT) != 0 && worker_ && worker_->control) flush_outgoing();
}

void SlotRunner::receive(int most) {
  for (int count = 0; count < most && worker_ && worker_->control; ++count) {
    const auto receipt = lending::receive(worker_->control.get());
    if (!receipt.packet) {
      if (receipt.why_not == lending::Nothing::would_block) return;
      // Gone: its end will be reported. Malformed: it is made to.
      if (receipt.why_not == lending::Nothing::malformed) kill();
      return stop_hearing();
    }
    const auto& message = receipt.packet->message;
    if (message.kind == Kind::ready && !worker_->is_ready) {
      worker_->is_ready = true;
      handle(SlotEvent::ready);
    } else if (message.kind == Kind::leaving || message.kind == Kind::pong || message.kind == Kind::replace) {
      continue;
    } else if (message.kind != Kind::returned || !connections_.take_back(message)) {
      environment_.log.error("{} (pid {}) breaks the protocol: killed", function_.manifest.name,
                             worker_->process->pid());
      kill();
      return stop_hearing();
    }
  }
}

void SlotRunner::stop_hearing() {
  worker_->control_watch = {};
  worker_->control.reset();
}

void SlotRunner::on_exit(Ending ending) {
  receive(std::numeric_limits<int>::max());  // what it said before it ended
  worker_->output.drain();
  const bool expected = slot_.state() == SlotState::draining && ending.clean();
  if (!expected) {
    environment_.log.error("{} ended by {}", function_.manifest.name, ending.text());
  }
  connections_.borrower_gone();
  worker_.reset();
  handle(SlotEvent::exited);
  end_if_stopped();
}

}  // namespace stile::supervisor
