#include "worker/workers.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

#include "posix/error.hpp"

namespace stile::test {
namespace {

// Where the tests are built with a sanitizer, so are the workers; what it finds ends them and fails the test.
const std::map<std::string, std::string> environment{{"TSAN_OPTIONS", "halt_on_error=1"}};
#ifdef __SANITIZE_THREAD__
constexpr int threads_of_tools = 1;
#else
constexpr int threads_of_tools = 0;
#endif

bool readable(int fd, int timeout_ms) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, timeout_ms) == 1;
}

std::vector<std::string> command(const std::string& function, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), worker_program(function));
  return arguments;
}

Exit wait_for_end(const Process& process) {
  const auto exit = process.wait();
  if (!exit) throw std::runtime_error("the worker does not end");
  return *exit;
}

}  // namespace

std::string worker_program(const std::string& name) { return STILE_WORKER_FUNCTIONS "/" + name + ".fcgi"; }

UnixListener::UnixListener()
    : path_(directory_.file("socket")),
      socket_(posix::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  posix::check(::bind(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind");
  posix::check(::listen(fd(), 1024), "listen");
}

posix::Fd UnixListener::accept() const {
  if (!readable(fd(), static_cast<int>(patience.count()))) throw std::runtime_error("nobody connects");
  return posix::Fd(posix::check(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

bool UnixListener::has_pending() const { return readable(fd(), 0); }

LoneWorker::LoneWorker(const std::string& function, std::vector<std::string> arguments)
    : process_(command(function, std::move(arguments)),
               {.environment = environment, .directory = {}, .descriptors = {{listener_.fd(), 0}}}) {}

Exit LoneWorker::stop() const {
  process_.signal(SIGTERM);
  return wait_for_end(process_);
}

LentConnection FakeSlot::connect() {
  std::array<int, 2> ends{};
  posix::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {{next_++, 0}, FastCgiConnection(posix::Fd(ends[0])), posix::Fd(ends[1])};
}

BorrowingWorker::BorrowingWorker(FakeSlot& slot, const std::string& function,
                                 std::vector<std::string> arguments, const std::vector<std::string>& below)
    : slot_(slot) {
  std::array<int, 2> ends{};
  posix::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  control_.reset(ends[0]);
  const posix::Fd theirs(ends[1]);
  arguments.insert(arguments.begin(), "--supervised");
  auto words = command(function, std::move(arguments));
  words.insert(words.begin(), below.begin(), below.end());
  process_.emplace(words,
                   ProcessOptions{.environment = environment,
                                  .directory = {},
                                  .descriptors = {{slot.listener().fd(), lending::listening_descriptor},
                                                  {theirs.get(), lending::control_descriptor},
                                                  {slot.table().memory(), lending::table_descriptor},
                                                  {recorder_.get(), lending::recorder_descriptor}}});
  if (receive().kind != lending::Kind::ready)
    throw std::runtime_error("the worker says something before it is ready");
}

void BorrowingWorker::lend(LentConnection& connection) {
  ++connection.id.generation;
  slot_.table().store(connection.id, lending::State::idle);
  if (lending::send(control(), {lending::Kind::lend, connection.id, {}}, connection.copy.get()) !=
      lending::Sent::done) {
    throw std::runtime_error("the worker takes no connection");
  }
}

void BorrowingWorker::drain() const { lending::send(control(), {lending::Kind::drain, {}, {}}); }

lending::Message BorrowingWorker::receive() const {
  if (!readable(control(), static_cast<int>(patience.count())))
    throw std::runtime_error("the worker says nothing");
  const auto receipt = lending::receive(control());
  if (!receipt.packet) throw std::runtime_error("the worker is gone");
  return receipt.packet->message;
}

Exit BorrowingWorker::wait() const { return wait_for_end(*process_); }

void Gate::open_one() {
  if (::write(waiting_.front().get(), "x", 1) != 1) posix::throw_errno("write to the gate");
  waiting_.erase(waiting_.begin());
}

int thread_count(pid_t pid) {
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task");
  return static_cast<int>(std::distance(begin(tasks), end(tasks))) - threads_of_tools;
}

std::size_t open_descriptors(pid_t pid) {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace stile::test
