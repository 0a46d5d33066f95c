#include "supervisor/supervisor.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "manifest/text.hpp"
#include "posix/account.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/init_process.hpp"
#include "supervisor/log.hpp"
#include "supervisor/nginx_files.hpp"
#include "supervisor/nginx_process.hpp"
#include "supervisor/notifier.hpp"
#include "supervisor/run_directory.hpp"
#include "supervisor/slot_runner.hpp"
#include "supervisor/tls_files.hpp"

namespace stile {
namespace {

using namespace std::chrono_literals;
using namespace supervisor;

constexpr auto nginx_configuration_file = "nginx.conf";
constexpr auto endpoints_file = "endpoints.json";

// Every connection is a descriptor here: take what the machine gives.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  posix::make_room_for_descriptors(posix::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
}

// Blocked for good, read from a descriptor instead: nothing runs in a signal handler.
posix::Fd take_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return posix::Fd(posix::check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

std::string endpoints_json(const Deployment& deployment) {
  auto list = nlohmann::json::array();
  for (const auto& function : deployment.functions) {
    list.push_back({{"path", function.route.pattern()}, {"methods", function.manifest.methods}});
  }
  return list.dump();
}

std::string url_of(const SupervisorSettings& settings, std::uint16_t port) {
  const bool is_six = settings.bind.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", settings.tls_certificate.empty() ? "http" : "https",
                     is_six ? "[" + settings.bind + "]" : settings.bind, port);
}

// `url` is what the paths are below; empty where that is not ours to know.
std::string greeting(const Deployment& deployment, const std::string& url, const std::string& ready) {
  std::size_t widest = 0;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& function : deployment.functions) {
    std::string methods = comma_list(function.manifest.methods);
    widest = std::max(widest, methods.size());
    rows.emplace_back(std::move(methods), url + function.route.pattern());
  }
  std::string text;
  for (const auto& [methods, address] : rows) text += fmt::format("{:<{}}  {}\n", methods, widest, address);
  return text + fmt::format("ready: {}\n", ready);
}

gid_t socket_group(const SupervisorSettings& settings, const std::optional<posix::Account>& account) {
  const auto& name = settings.socket_group;
  if (name.empty()) return account ? account->group : ::getegid();
  const gid_t group = posix::find_group(name);
  if (!account && !posix::is_member(group)) {
    throw Failure(fmt::format(
        "you are not in the group {}, so its sockets cannot be yours to give: join it, or name another with "
        "--socket-group",
        name));
  }
  if (account && !settings.shared_nginx &&
      !std::count(account->groups.begin(), account->groups.end(), group)) {
    throw Failure(fmt::format(
        "the account {} is not in the group {}, so nginx could not open the sockets: name another with "
        "--socket-group",
        account->name, name));
  }
  return group;
}

// The whole server. Members are made from top to bottom, and end from bottom to top.
class Server {
 public:
  Server(const Deployment& deployment, const SupervisorSettings& settings,
         const NginxConfiguration& configuration)
      : deployment_(deployment),
        settings_(settings),
        account_(posix::account_to_become(settings.user)),
        signals_(take_signals()),
        directory_(settings.run_directory, account_),
        socket_group_(socket_group(settings, account_)) {
    be_unready();
    make_state_directory(settings.state_directory, account_);
    if (settings.shared_nginx) {
      if (!settings.socket_group.empty()) directory_.let_pass(socket_group_, settings.socket_group);
    } else {
      if (!settings.tls_key.empty()) check_tls_files(settings.tls_certificate, settings.tls_key, account_);
      listener_ = listen_on_port(settings.bind, settings.port);
      directory_.write(nginx_configuration_file, configuration(port_of(listener_.get())));
      nginx_.emplace(loop_, log_, directory_.file(nginx_configuration_file), listener_.get(),
                     directory_.file(health_socket));
    }
    directory_.write(endpoints_file, endpoints_json(deployment));
    slot_environment_.variables = environment_with({"STILE_STATE_DIR=" + settings.state_directory,
                                                    "STILE_ENDPOINTS=" + directory_.file(endpoints_file)});
    for (const auto& function : deployment.functions) add_slots(function);
    // Last, so that a start that fails leaves them as they are.
    if (settings.shared_nginx) nginx_files_.emplace(loop_, log_, *settings.shared_nginx, account_);
  }

  int run() {
    const auto signal_watch = loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { on_signal(); });
    if (nginx_) {
      nginx_->start();
      directory_.write(ready_file, "");
      const auto url = url_of(settings_, port_of(listener_.get()));
      say_ready(url, url + deployment_.prefix);
    } else {
      nginx_files_->announce([this] {
        if (stopping_) return;
        say_ready(
            "", fmt::format("include {0}/http.conf in nginx's http block, {0}/server.conf in a server block",
                            settings_.shared_nginx->folder));
      });
    }
    loop_.run();
    for (const char* name : {"nginx.pid", health_socket}) ::unlink(directory_.file(name).c_str());
    log_.info("stopped");
    return 0;
  }

 private:
  void say_ready(const std::string& url, const std::string& where) {
    log_.raw(greeting(deployment_, url, where));
    notifier_.ready(fmt::format("{} endpoints: {}", deployment_.functions.size(), where));
  }

  void add_slots(const DeployedFunction& function) {
    const int executable = open_executable(function.executable);
    for (const auto& socket : function.sockets) {
      slots_.push_back(std::make_unique<SlotRunner>(slot_environment_, function, socket, executable));
    }
  }

  // Opened once, as who we are: the account that runs it need not be able to pass through the folders above
  // it, and a rebuild does not change what is served.
  int open_executable(const std::string& path) {
    auto& file = executables_[path];
    if (file) return file.get();
    file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw Failure(fmt::format("cannot open {}: {}: build first", path, std::strerror(errno)));
    struct stat status {};
    if (account_ && ::fstat(file.get(), &status) == 0 && (status.st_mode & 0005) != 0005) {
      if (::fchmod(file.get(), 0755) == -1)
        throw Failure(fmt::format("{} cannot execute {}", account_->name, path));
    }
    return file.get();
  }

  void on_signal() {
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof(info)) != sizeof(info)) return;
    if (stopping_) {
      log_.warning("stopping at once");
      return end_now();
    }
    stopping_ = true;
    be_unready();
    notifier_.stopping(settings_.drain_delay + drain_time() + 5s);
    if (settings_.drain_delay == 0ms) return drain();
    log_.info("stopping in {} ms: until then requests are served (a second signal ends at once)",
              settings_.drain_delay.count());
    delay_ = loop_.after(settings_.drain_delay, [this] { drain(); });
  }

  void be_unready() const { ::unlink(directory_.file(ready_file).c_str()); }

  // Our own nginx first: it takes no new request and ends once it has had its answers from the workers.
  void drain() {
    log_.info("stopping: running requests are answered first (a second signal ends them)");
    delay_ = {};
    give_up_ = loop_.after(drain_time(), [this] {
      log_.warning("stopping at once: requests still run, and their time is up");
      end_now();
    });
    if (!nginx_) return stop_slots();
    nginx_->quit([this] { stop_slots(); });
  }

  std::chrono::milliseconds drain_time() const {
    if (settings_.drain_timeout) return *settings_.drain_timeout;
    auto longest = 0ms;
    for (const auto& function : deployment_.functions) longest = std::max(longest, function.limits.timeout);
    return longest + 5s;
  }

  void end_now() {
    if (delay_) drain();
    if (nginx_) nginx_->kill();
    stop_slots();
    for (auto& slot : slots_) slot->kill();
  }

  void stop_slots() {
    if (slots_.empty()) return loop_.stop();
    for (auto& slot : slots_) slot->stop();
  }

  void on_slot_stopped() {
    if (std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->stopped(); }))
      loop_.stop();
  }

  const Deployment& deployment_;
  const SupervisorSettings& settings_;
  std::optional<posix::Account> account_;
  posix::Fd signals_;
  RunDirectory directory_;
  gid_t socket_group_;
  posix::Fd listener_;  // of our own nginx
  Log log_;
  EventLoop loop_;
  Notifier notifier_{loop_};  // before any child is given an environment
  SlotEnvironment slot_environment_{loop_,
                                    log_,
                                    account_ ? &*account_ : nullptr,
                                    socket_group_,
                                    settings_.state_directory,
                                    deployment_.prefix,
                                    {},
                                    [this] { on_slot_stopped(); }};
  std::optional<NginxProcess> nginx_;      // our own,
  std::optional<NginxFiles> nginx_files_;  // or the files for somebody else's
  std::map<std::string, posix::Fd> executables_;
  std::vector<std::unique_ptr<SlotRunner>> slots_;
  EventLoop::Timer delay_;
  EventLoop::Timer give_up_;
  bool stopping_ = false;
};

}  // namespace

int serve(const Deployment& deployment, const SupervisorSettings& settings, const NginxConfiguration& nginx) {
  raise_descriptor_limit();
  return run_below_init([&] { return Server(deployment, settings, nginx).run(); });
}

}  // namespace stile
