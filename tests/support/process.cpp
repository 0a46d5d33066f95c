#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "posix/error.hpp"
#include "posix/fd.hpp"

namespace stile::test {
namespace {

struct Pipe {
  posix::Fd read;
  posix::Fd write;
  Pipe() {
    std::array<int, 2> ends;
    posix::check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

// glibc 2.36 declares its own pidfd_open() without C linkage.
int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

void check_spawn(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

class FileActions {
 public:
  FileActions() { check_spawn(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  /// Takes a copy with a high number first, so that no descriptor is overwritten before it has got its own
  /// number.
  void place(int from, int to) {
    copies_.emplace_back(posix::check(::fcntl(from, F_DUPFD_CLOEXEC, 200), "fcntl"));
    check_spawn(::posix_spawn_file_actions_adddup2(&actions_, copies_.back().get(), to), "adddup2");
  }
  void change_directory(const std::string& path) {
    check_spawn(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()), "addchdir");
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  std::vector<posix::Fd> copies_;
};

// Every signal as it is by default and none blocked, whatever the test program does with them; a new process
// group.
class Attributes {
 public:
  Attributes() {
    check_spawn(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!additions.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : additions) result.push_back(std::string(name).append("=").append(value));
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

pid_t spawn(std::vector<std::string> argv, const ProcessOptions& options, const Pipe& out, const Pipe& err) {
  FileActions actions;
  const posix::Fd nothing(posix::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null"));
  actions.place(nothing.get(), STDIN_FILENO);
  actions.place(out.write.get(), STDOUT_FILENO);
  actions.place(err.write.get(), STDERR_FILENO);
  for (const auto& [from, to] : options.descriptors) actions.place(from, to);
  if (!options.directory.empty()) actions.change_directory(options.directory);
  const Attributes attributes;
  auto environment = environment_with(options.environment);
  const auto arguments = pointers(argv);
  const auto variables = pointers(environment);
  pid_t pid = -1;
  check_spawn(
      ::posix_spawnp(&pid, arguments[0], actions.get(), attributes.get(), arguments.data(), variables.data()),
      "start " + argv.at(0));
  return pid;
}

}  // namespace

struct Process::State {
  struct Output {
    posix::Fd pipe;
    std::string text;
    bool ended = false;
  };

  pid_t pid = -1;
  posix::Fd pidfd;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::array<Output, 2> outputs;
  Pipe stop;  // closed to end the reader
  std::thread reader;

  void read_some(Output& output);
  void read_until_stopped();
  std::string both() const;
};

void Process::State::read_some(Output& output) {
  std::array<char, 65536> buffer;
  const auto count = ::read(output.pipe.get(), buffer.data(), buffer.size());
  if (count == -1 && errno == EINTR) return;
  {
    const std::lock_guard lock(mutex);
    if (count > 0) output.text.append(buffer.data(), static_cast<std::size_t>(count));
    output.ended = count <= 0;
  }
  changed.notify_all();
}

void Process::State::read_until_stopped() {
  for (;;) {
    std::array<pollfd, 3> events{pollfd{stop.read.get(), POLLIN, 0}, pollfd{-1, POLLIN, 0},
                                 pollfd{-1, POLLIN, 0}};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].ended) events[i + 1].fd = outputs[i].pipe.get();
    }
    if (::poll(events.data(), events.size(), -1) == -1) continue;
    if (events[0].revents != 0) return;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (events[i + 1].revents != 0) read_some(outputs[i]);
    }
  }
}

std::string Process::State::both() const {
  return "\n--- standard output:\n" + outputs[0].text + "\n--- standard error:\n" + outputs[1].text;
}

Process::Process(const std::vector<std::string>& argv, const ProcessOptions& options)
    : state_(std::make_unique<State>()) {
  Pipe out;
  Pipe err;
  state_->pid = spawn(argv, options, out, err);
  state_->pidfd.reset(posix::check(open_pidfd(state_->pid), "pidfd_open"));
  state_->outputs[0].pipe = std::move(out.read);
  state_->outputs[1].pipe = std::move(err.read);
  state_->reader = std::thread([state = state_.get()] { state->read_until_stopped(); });
}

Process::~Process() {
  // Not reaped before: until then neither its number nor that of its group can become anybody else's.
  ::kill(-state_->pid, SIGKILL);
  while (::waitpid(state_->pid, nullptr, 0) == -1 && errno == EINTR) {
  }
  state_->stop.write.reset();
  state_->reader.join();
}

pid_t Process::pid() const { return state_->pid; }

void Process::signal(int number) const { ::kill(state_->pid, number); }

std::string Process::text(Stream stream) const {
  const std::lock_guard lock(state_->mutex);
  return state_->outputs[stream == Stream::out ? 0 : 1].text;
}

std::string Process::wait_for_line(Stream stream, const std::function<bool(const std::string&)>& wanted,
                                   std::chrono::milliseconds within) const {
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::unique_lock lock(state_->mutex);
  const auto& output = state_->outputs[stream == Stream::out ? 0 : 1];
  std::size_t begin = 0;
  for (;;) {
    for (auto end = output.text.find('\n', begin); end != std::string::npos;
         end = output.text.find('\n', begin)) {
      auto line = output.text.substr(begin, end - begin);
      if (wanted(line)) return line;
      begin = end + 1;
    }
    if (output.ended) throw std::runtime_error("the stream ended without the line" + state_->both());
    if (state_->changed.wait_until(lock, deadline) == std::cv_status::timeout)
      throw std::runtime_error("the line did not come in time" + state_->both());
  }
}

std::string Process::wait_for_line(Stream stream, const std::string& part,
                                   std::chrono::milliseconds within) const {
  return wait_for_line(
      stream, [&](const std::string& line) { return line.find(part) != std::string::npos; }, within);
}

std::optional<Exit> Process::wait(std::chrono::milliseconds within) const {
  pollfd ended{state_->pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(within.count())) < 1) return std::nullopt;
  siginfo_t info{};
  posix::check(::waitid(P_PID, static_cast<id_t>(state_->pid), &info, WEXITED | WNOWAIT), "waitid");
  if (info.si_code == CLD_EXITED) return Exit{info.si_status, 0};
  return Exit{0, info.si_status};
}

Exit Process::wait_all(std::chrono::milliseconds within) const {
  const auto deadline = std::chrono::steady_clock::now() + within;
  const auto exit = wait(within);
  std::unique_lock lock(state_->mutex);
  if (!exit) throw std::runtime_error("the program did not end in time" + state_->both());
  const auto ended = [&] { return state_->outputs[0].ended && state_->outputs[1].ended; };
  if (!state_->changed.wait_until(lock, deadline, ended))
    throw std::runtime_error("the program has ended, but somebody keeps its output open" + state_->both());
  return *exit;
}

Outcome run(const std::vector<std::string>& argv, const ProcessOptions& options,
            std::chrono::milliseconds within) {
  const Process process(argv, options);
  const auto exit = process.wait_all(within);
  return {exit, process.text(Stream::out), process.text(Stream::err)};
}

}  // namespace stile::test
