#include "supervisor/nginx_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "posix/failure.hpp"

namespace stile::supervisor {

using namespace std::chrono_literals;

namespace {

constexpr int inherited_listener = 3;
constexpr auto reload_deadline = 10s;

posix::Fd find_nginx() {
  const char* path = std::getenv("PATH");
  // An ordinary user's PATH lacks the place where Debian puts it.
  const std::string folders = std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/local/sbin";
  for (std::size_t begin = 0; begin < folders.size();) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    const std::string file = folders.substr(begin, end - begin) + "/nginx";
    begin = end + 1;
    if (file.front() != '/' || ::access(file.c_str(), X_OK) != 0) continue;
    posix::Fd executable(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (executable) return executable;
  }
  throw Failure("nginx is not installed: apt-get install nginx-light, or run without --no-install");
}

// "nginx: [emerg] unknown directive ..." out of what `nginx -t` printed.
std::string first_complaint(const std::string& output) {
  auto begin = output.find("[emerg]");
  if (begin == std::string::npos) begin = output.find_first_not_of('\n');
  if (begin == std::string::npos) return "it gives no reason";
  return output.substr(begin, output.find('\n', begin) - begin);
}

}  // namespace

posix::Fd listen_on_port(const std::string& address, std::uint16_t port) {
  sockaddr_in6 six{};
  sockaddr_in four{};
  const bool is_six = ::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1;
  if (!is_six && ::inet_pton(AF_INET, address.c_str(), &four.sin_addr) != 1) {
    throw Failure(fmt::format("'{}' is no IPv4 or IPv6 address: say for example --bind 127.0.0.1", address));
  }
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  posix::Fd listener(::socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (is_six)
    ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));  // as nginx does by default
  const auto* where =
      is_six ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  const socklen_t size = is_six ? sizeof(six) : sizeof(four);
  if (::bind(listener.get(), where, size) == -1 || ::listen(listener.get(), 511) == -1) {
    const auto place = is_six ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
    if (errno == EADDRINUSE)
      throw Failure(fmt::format("{} is in use: choose another port with --port", place));
    throw Failure(fmt::format("cannot listen on {}: {}", place, std::strerror(errno)));
  }
  return listener;
}

std::uint16_t port_of(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

namespace {

bool listens_on(int listener, const std::string& address, std::uint16_t port) {
  sockaddr_storage place{};
  socklen_t size = sizeof(place);
  int listens = 0;
  socklen_t flag_size = sizeof(listens);
  if (::getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_size) == -1 || listens == 0)
    return false;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size) == -1) return false;
  const void* where =
      place.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&place)->sin6_addr)
          : &reinterpret_cast<const sockaddr_in*>(&place)->sin_addr;
  std::array<std::byte, sizeof(in6_addr)> wanted{};
  const std::size_t width = place.ss_family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr);
  return ::inet_pton(place.ss_family, address.c_str(), wanted.data()) == 1 &&
         std::memcmp(wanted.data(), where, width) == 0 && (port == 0 || port_of(listener) == port);
}

bool has_ended(const posix::Fd& pidfd, std::chrono::milliseconds within) {
  pollfd end{pidfd.get(), POLLIN, 0};
  return ::poll(&end, 1, static_cast<int>(within.count())) == 1;
}

// It answers what it has begun, if that is soon.
void end_process(const posix::Fd& pidfd) {
  for (const int number : {SIGQUIT, SIGTERM, SIGKILL}) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0);
    if (has_ended(pidfd, 3s)) return;
  }
}

Command nginx_command(int executable, const std::string& configuration_file) {
  Command command;
  command.executable = executable;
  command.arguments = {"nginx", "-e", "stderr", "-c", configuration_file};
  command.environment = environment_with({fmt::format("NGINX={};", inherited_listener)}, {});
  return command;
}

}  // namespace

std::optional<RunningNginx> find_running_nginx(const NginxPlaces& places, const std::string& address,
                                               std::uint16_t port) {
  RunningNginx running{};
  if (!(std::ifstream(places.pid_file) >> running.pid) || running.pid <= 0) return std::nullopt;
  running.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, running.pid, 0)));
  if (!running.pidfd) return std::nullopt;
  // From here on it can't be another process; that it is our nginx, its command line says.
  std::ifstream file(fmt::format("/proc/{}/cmdline", running.pid), std::ios::binary);
  const std::string line(std::istreambuf_iterator<char>(file), {});
  if (!line.starts_with("nginx: master process") || line.find(places.configuration) == std::string::npos ||
      has_ended(running.pidfd, 0ms))
    return std::nullopt;
  running.listener.reset(
      static_cast<int>(::syscall(SYS_pidfd_getfd, running.pidfd.get(), inherited_listener, 0)));
  if (running.listener && listens_on(running.listener.get(), address, port)) return running;
  end_process(running.pidfd);
  return std::nullopt;
}

namespace {

// Workers of a master that take connections: its children, but for those whose title says that they shut down.
std::vector<pid_t> working_nginx_workers(pid_t master) {
  std::vector<pid_t> workers;
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", master));
  for (pid_t pid = 0; children >> pid;) {
    std::ifstream title(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(title), {});
    const bool is_worker = text.find("worker process") != std::string::npos;
    if (is_worker && text.find("shutting down") == std::string::npos) workers.push_back(pid);
  }
  return workers;
}

}  // namespace

NginxProcess::NginxProcess(EventLoop& loop, Log& log, NginxPlaces places, int listener,
                           std::optional<RunningNginx> running)
    : loop_(loop),
      log_(log),
      places_(std::move(places)),
      listener_(listener),
      running_(std::move(running)),
      executable_(find_nginx()) {
  if (running_) return;
  ::unlink(places_.health_socket.c_str());  // one that was killed has left it
  std::optional<std::string> failure;
  bool is_done = false;
  check(places_.configuration, [&](const std::optional<std::string>& why) {
    failure = why;
    is_done = true;
    loop_.stop();
  });
  if (!is_done) loop_.run();  // not even begun: nobody would stop it
  if (failure) throw Failure(*failure);
}

void NginxProcess::check(const std::string& file, OnDone done) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) == -1)
    return done(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  auto fresh = std::make_unique<Check>();
  fresh->reader.reset(ends[0]);
  const posix::Fd writer(ends[1]);
  auto command = nginx_command(executable_.get(), file);
  command.arguments.emplace_back("-t");
  command.files = {
      {writer.get(), STDOUT_FILENO}, {writer.get(), STDERR_FILENO}, {listener_, inherited_listener}};
  try {
    ::fcntl(fresh->reader.get(), F_SETFL, O_NONBLOCK);
    fresh->watch = loop_.watch(fresh->reader.get(), EPOLLIN, [this](std::uint32_t) { read_output(); });
    fresh->process =
        std::make_unique<Process>(loop_, command, [this, done](Ending ending) { on_checked(ending, done); });
  } catch (const std::system_error& error) {
    return done(fmt::format("cannot start nginx: {}", error.what()));
  }
  check_ = std::move(fresh);
}

void NginxProcess::read_output() {
  constexpr std::size_t enough = 65'536;
  std::array<char, 4096> buffer{};
  const auto size = ::read(check_->reader.get(), buffer.data(), buffer.size());
  if (size > 0 && check_->output.size() < enough)
    check_->output.append(buffer.data(), static_cast<std::size_t>(size));
  if (size == 0) check_->watch = {};
}

void NginxProcess::on_checked(Ending ending, const OnDone& done) {
  while (check_->watch) {  // what it has said before it ended
    const auto before = check_->output.size();
    read_output();
    if (check_->output.size() == before) break;
  }
  const auto ended = std::exchange(check_, nullptr);
  if (ending.clean()) return done(std::nullopt);
  done(fmt::format("nginx refuses its configuration: {}", first_complaint(ended->output)));
}

void NginxProcess::reload(OnDone done) {
  const auto next = places_.configuration + ".next";
  check(next, [this, next, done](const std::optional<std::string>& failure) {
    if (failure) return done(failure);
    if (::rename(next.c_str(), places_.configuration.c_str()) == -1)
      return done(fmt::format("cannot rename {}: {}", next, std::strerror(errno)));
    take_up(done);
  });
}

void NginxProcess::take_up(OnDone done) {
  if (!process_) return done(std::nullopt);  // it is about to be started again, with this
  auto before = working_nginx_workers(process_->pid());
  process_->signal(SIGHUP);
  wait_for_workers(std::move(before), Clock::now() + reload_deadline, std::move(done));
}

// nginx tells nobody when it is done. What it does is to start new workers, and then to tell the old ones, which say in
// their titles that they shut down and take nothing from then on.
void NginxProcess::wait_for_workers(std::vector<pid_t> before, Clock::time_point deadline, OnDone done) {
  const auto now = process_ ? working_nginx_workers(process_->pid()) : std::vector<pid_t>{};
  const auto is_old = [&](pid_t pid) { return std::find(before.begin(), before.end(), pid) != before.end(); };
  if (!now.empty() && std::none_of(now.begin(), now.end(), is_old)) return done(std::nullopt);
  if (Clock::now() > deadline) return done("nginx does not take up its new configuration: see the log");
  wait_ = loop_.after(2ms, [this, before = std::move(before), deadline, done = std::move(done)]() mutable {
    wait_for_workers(std::move(before), deadline, std::move(done));
  });
}

void NginxProcess::start() {
  access_log_ = std::make_unique<LogPipe>(loop_, log_, "nginx", Wording::raw, places_.access_log);
  error_log_ = std::make_unique<LogPipe>(loop_, log_, "nginx", Wording::nginx, places_.error_log);
  const auto on_end = [this](Ending ending) { on_exit(ending); };
  if (running_) {
    process_ = std::make_unique<Process>(loop_, running_->pid, std::move(running_->pidfd), on_end);
    running_.reset();
  } else {
    ::unlink(places_.health_socket.c_str());
    auto command = nginx_command(executable_.get(), places_.configuration);
    command.files = {{access_log_->writer(), STDOUT_FILENO},
                     {error_log_->writer(), STDERR_FILENO},
                     {listener_, inherited_listener}};
    process_ = std::make_unique<Process>(loop_, command, on_end);
  }
  access_log_->close_writer();
  error_log_->close_writer();
}

void NginxProcess::on_exit(Ending ending) {
  access_log_->drain();
  error_log_->drain();
  process_.reset();
  if (on_end_) return on_end_();
  log_.error("nginx ended by {}: it is started again", ending.text());
  restart_ = loop_.after(200ms, [this] { start(); });
}

void NginxProcess::quit(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  restart_ = {};
  if (!process_) return on_end_();
  process_->signal(SIGQUIT);
}

void NginxProcess::kill() {
  if (process_) process_->signal(SIGTERM);
}

}  // namespace stile::supervisor
