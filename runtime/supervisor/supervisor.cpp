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
#include "supervisor/log.hpp"
#include "supervisor/nginx_process.hpp"
#include "supervisor/notifier.hpp"
#include "supervisor/run_directory.hpp"
#include "supervisor/slot_runner.hpp"

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
  return is_six ? fmt::format("http://[{}]:{}", settings.bind, port)
                : fmt::format("http://{}:{}", settings.bind, port);
}

std::string greeting(const Deployment& deployment, const std::string& url) {
  std::size_t widest = 0;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& function : deployment.functions) {
    std::string methods = comma_list(function.manifest.methods);
    widest = std::max(widest, methods.size());
    rows.emplace_back(std::move(methods), url + function.route.pattern());
  }
  std::string text;
  for (const auto& [methods, address] : rows) text += fmt::format("{:<{}}  {}\n", methods, widest, address);
  return text + fmt::format("ready: {}{}\n", url, deployment.prefix);
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
        listener_(listen_on_port(settings.bind, settings.port)) {
    make_state_directory(settings.state_directory, account_);
    directory_.write(nginx_configuration_file, configuration(port_of(listener_.get())));
    directory_.write(endpoints_file, endpoints_json(deployment));
    nginx_.emplace(loop_, log_, directory_.file(nginx_configuration_file), listener_.get());
    slot_environment_.variables = environment_with({"STILE_STATE_DIR=" + settings.state_directory,
                                                    "STILE_ENDPOINTS=" + directory_.file(endpoints_file)});
    for (const auto& function : deployment.functions) add_slots(function);
  }

  int run() {
    const auto signal_watch = loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { on_signal(); });
    nginx_->start();
    const auto url = url_of(settings_, port_of(listener_.get()));
    log_.raw(greeting(deployment_, url));
    notifier_.ready(
        fmt::format("{} endpoints at {}{}", deployment_.functions.size(), url, deployment_.prefix));
    loop_.run();
    ::unlink(directory_.file("nginx.pid").c_str());
    log_.info("stopped");
    return 0;
  }

 private:
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
      nginx_->kill();
      stop_slots();
      for (auto& slot : slots_) slot->kill();
      return;
    }
    stopping_ = true;
    log_.info("stopping: running requests are answered first (a second signal ends them)");
    // nginx first: it takes no new request and ends once it has had its answers from the workers.
    auto longest = 0ms;
    for (const auto& function : deployment_.functions) longest = std::max(longest, function.limits.timeout);
    give_up_ = loop_.after(longest + 5s, [this] { nginx_->kill(); });
    notifier_.stopping(longest + 10s);
    nginx_->quit([this] { stop_slots(); });
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
  posix::Fd listener_;
  Log log_;
  EventLoop loop_;
  Notifier notifier_{loop_};  // before any child is given an environment
  SlotEnvironment slot_environment_{loop_,
                                    log_,
                                    account_ ? &*account_ : nullptr,
                                    account_ ? account_->group : ::getegid(),
                                    settings_.state_directory,
                                    deployment_.prefix,
                                    {},
                                    [this] { on_slot_stopped(); }};
  std::optional<NginxProcess> nginx_;
  std::map<std::string, posix::Fd> executables_;
  std::vector<std::unique_ptr<SlotRunner>> slots_;
  EventLoop::Timer give_up_;
  bool stopping_ = false;
};

}  // namespace

int serve(const Deployment& deployment, const SupervisorSettings& settings, const NginxConfiguration& nginx) {
  raise_descriptor_limit();
  return Server(deployment, settings, nginx).run();
}

}  // namespace stile
