#include "supervisor/supervisor.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "manifest/text.hpp"
#include "posix/account.hpp"
#include "posix/error.hpp"
#include "posix/failure.hpp"
#include "supervisor/cache_generations.hpp"
#include "supervisor/change_queue.hpp"
#include "supervisor/control_socket.hpp"
#include "supervisor/development.hpp"
#include "supervisor/event_loop.hpp"
#include "supervisor/folder_watch.hpp"
#include "supervisor/functions.hpp"
#include "supervisor/init_process.hpp"
#include "supervisor/log.hpp"
#include "supervisor/nginx_files.hpp"
#include "supervisor/nginx_process.hpp"
#include "supervisor/notifier.hpp"
#include "supervisor/orphans.hpp"
#include "supervisor/run_directory.hpp"
#include "supervisor/tls_files.hpp"

namespace stile {
namespace {

using namespace std::chrono_literals;
using namespace supervisor;

constexpr auto nginx_configuration_file = "nginx.conf";
constexpr auto endpoints_file = "endpoints.json";
constexpr auto successor_socket = "orphans.sock";

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
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return posix::Fd(posix::check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

std::string endpoints_json(const Deployment& deployment) {
  auto list = nlohmann::json::array();
  for (const auto& function : deployment.functions) {
    list.push_back({{"path", function.route.pattern()}, {"methods", function.manifest.methods}});
    if (const auto& access = function.manifest.access) list.back()["access"] = access->in_words();
  }
  return list.dump();
}

std::string url_of(const SupervisorSettings& settings, std::uint16_t port) {
  const bool is_six = settings.bind.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", settings.tls_certificate.empty() ? "http" : "https",
                     is_six ? "[" + settings.bind + "]" : settings.bind, port);
}

// `url` is what the paths are below; empty where that is not ours to know.
std::string greeting(const Deployment& deployment, const std::string& url, const std::string& page,
                     const std::string& ready) {
  std::size_t widest = 0;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& function : deployment.functions) {
    std::string methods = comma_list(function.manifest.methods);
    widest = std::max(widest, methods.size());
    rows.emplace_back(std::move(methods), url + function.route.pattern());
  }
  std::string text;
  for (const auto& [methods, address] : rows) text += fmt::format("{:<{}}  {}\n", methods, widest, address);
  if (!page.empty()) text += fmt::format("docs: {}{}\n", url, page);
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

nlohmann::json status_of(const SlotRunner& slot) {
  const auto status = slot.status();
  return {{"state", to_string(status.state)},      {"pid", status.pid},
          {"counters", status.counters},           {"leaving", status.leaving},
          {"restarts", status.restarts},           {"crashes", status.crashes},
          {"last_crash", status.last_crash},       {"answered_before", status.answered_before},
          {"failed_before", status.failed_before}, {"waiting", status.waiting}};
}

// The whole server. Members are made from top to bottom, and end from bottom to top.
class Server {
 public:
  Server(const ProjectSource& project, const SupervisorSettings& settings)
      : project_(project),
        settings_(settings),
        account_(posix::account_to_become(settings.user)),
        signals_(take_signals()),
        directory_(settings.run_directory, account_),
        socket_group_(socket_group(settings, account_)),
        log_(directory_.file(log_file)) {
    auto deployment = project.read();
    cache_generations_.stamp(deployment);
    slot_environment_.prefix = deployment.prefix;
    slot_environment_.debug = settings.development.has_value();
    broken_ = deployment.broken;
    be_unready();
    make_state_directory(settings.state_directory, account_);
    if (settings.shared_nginx) {
      if (!settings.socket_group.empty()) directory_.let_pass(socket_group_, settings.socket_group);
    } else {
      if (!settings.tls_key.empty()) check_tls_files(settings.tls_certificate, settings.tls_key, account_);
      write_changed_files(settings.run_directory, project.served_files(deployment));
      start_or_take_over_nginx(deployment);
    }
    directory_.write(endpoints_file, endpoints_json(deployment));
    slot_environment_.variables = {
        "STILE_STATE_DIR=" + settings.state_directory, "STILE_SECRETS_DIR=" + settings.secrets_directory,
        "STILE_KEYS_FILE=" + settings.keys_file, "STILE_JWT=" + settings.token_rules,
        "STILE_ENDPOINTS=" + directory_.file(endpoints_file)};
    functions_.emplace(slot_environment_, deployment,
                       [this](const Deployment& next, auto done) { publish(next, std::move(done)); });
    control_.emplace(loop_, directory_.file(control_socket),
                     [this](const std::string& verb, const std::string& argument, auto answer) {
                       on_request(verb, argument, std::move(answer));
                     });
    socket_watch_.emplace(loop_, directory_.file("sockets"), [this](const std::string& name) {
      if (name.ends_with(".sock") || name.empty()) restore_ = loop_.after(0s, [this] { restore_sockets(); });
    });
    // After the slots: an orphan's own sockets are not to be found any more.
    orphans_.emplace(
        loop_, directory_.file(successor_socket), account_ ? account_->user : ::geteuid(),
        account_ ? account_->group : ::getegid(),
        [this](const std::string& label) {
          auto* const slot = functions_->find(label);
          if (slot != nullptr) slot->expect_orphan();
          return slot != nullptr;
        },
        [this](const std::string& label, posix::Fd connection) {
          if (auto* const slot = functions_->find(label)) slot->adopt(std::move(connection));
        });
    orphans_->watch_over(directory_.left_behind(), log_);
    // Last, so that a start that fails leaves them as they are.
    if (settings.shared_nginx) {
      nginx_files_.emplace(loop_, log_, *settings.shared_nginx, account_);
      write_changed_files(settings.shared_nginx->folder, project.served_files(deployment));
      nginx_files_->write(project.nginx_files(deployment));
    }
    if (settings.development) {
      development_.emplace(loop_, log_, *settings.development,
                           [this](const std::vector<BuildFailure>& failures) { on_built(failures); });
    }
  }

  int run() {
    const auto signal_watch = loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { on_signal(); });
    if (nginx_) {
      nginx_->start();
      directory_.write(ready_file, "");
      if (was_changed_meanwhile_) changes_.reload();
      const auto url = url_of(settings_, port());
      say_ready(url, url + slot_environment_.prefix);
    } else {
      nginx_files_->announce([this](const std::optional<std::string>&) {
        if (stopping_) return;
        say_ready(
            "", fmt::format("include {0}/http.conf in nginx's http block, {0}/server.conf in a server block",
                            settings_.shared_nginx->folder));
      });
    }
    StallGuard guard;
    loop_.run([this](const std::exception& error) { log_.error("going on without: {}", error.what()); },
              &guard);
    for (const char* name : {"nginx.pid", health_socket}) ::unlink(directory_.file(name).c_str());
    log_.info("stopped");
    return 0;
  }

 private:
  std::uint16_t port() const { return port_of(listener_.get()); }

  // An nginx that was left behind by a supervisor that died serves on; where what it has read is not what it should
  // have, it is told once all is up.
  void start_or_take_over_nginx(const Deployment& deployment) {
    const NginxPlaces places{directory_.file(nginx_configuration_file), directory_.file("nginx.pid"),
                             directory_.file(health_socket), directory_.file("nginx/access.fifo"),
                             directory_.file("nginx/error.fifo")};
    auto running = find_running_nginx(places, settings_.bind, settings_.port);
    listener_ = running ? std::move(running->listener) : listen_on_port(settings_.bind, settings_.port);
    auto text = project_.nginx(deployment, port());
    if (running) {
      log_.info("taking over nginx (pid {}) and what serves behind it", running->pid);
      nginx_text_ = directory_.read(nginx_configuration_file);
      was_changed_meanwhile_ = nginx_text_ != text;
    } else {
      nginx_text_ = std::move(text);
      directory_.write(nginx_configuration_file, nginx_text_);
    }
    nginx_.emplace(loop_, log_, places, listener_.get(), std::move(running));
  }

  void say_ready(const std::string& url, const std::string& where) {
    const auto deployment = functions_->deployment();
    log_.raw(greeting(deployment, url, settings_.page, where));
    notifier_.ready(fmt::format("{} endpoints: {}", deployment.functions.size(), where));
    if (!was_changed_meanwhile_) functions_->remove_strange_sockets(directory_.file("sockets"));
    warn_of_public_folder();
    if (development_) development_->start();
    changes_.start();
  }

  // It is nginx's workers who open its files.
  void warn_of_public_folder() {
    const auto& folder = settings_.public_folder;
    if (folder.empty() || !account_) return;
    if (const auto barrier = barrier_before(folder + "/.", *account_))
      log_.warning("{} cannot pass through {}, so nothing in {} is served", account_->name, *barrier, folder);
  }

  void on_built(const std::vector<BuildFailure>& failures) {
    if (stopping_) return;
    std::map<std::string, std::string> errors;
    for (const auto& failure : failures) errors.emplace(failure.file, failure.error);
    project_.on_built(std::move(errors));
    changes_.reload();
  }

  // Later, as it may be ourselves who put one in the place of another.
  void restore_sockets() {
    if (stopping_) return;
    try {
      functions_->restore_sockets();
    } catch (const Failure& failure) {
      log_.error("{}", failure.what());
    }
  }

  // ---- what is asked of it ----

  void on_request(const std::string& verb, const std::string& argument, ControlSocket::Answer answer) {
    if (verb == "status") return answer(status_json());
    if (verb == "reload") return changes_.reload(std::move(answer));
    if (verb == "rollback") {
      return changes_.add(
          [this, argument](Functions::OnDone done) { functions_->roll_back(argument, std::move(done)); },
          std::move(answer));
    }
    if (verb == "clear-cache") {
      return changes_.add(
          [this, argument](Functions::OnDone done) { clear_cache(argument, std::move(done)); },
          std::move(answer));
    }
    answer(answer_of("this server knows no '" + verb + "'", ""));
  }

  void read_anew(Functions::OnDone done) {
    std::optional<Deployment> next;
    try {
      next = project_.read();
    } catch (const std::exception& error) {  // Failure, UsageError: of what stands in the files
      Outcome outcome;
      outcome.failures.emplace_back(error.what());
      return done(outcome);
    }
    broken_ = next->broken;
    const bool is_postponed = next->token_rules != settings_.token_rules;
    functions_->change_to(*next, [done = std::move(done), is_postponed](const Outcome& outcome) {
      if (!is_postponed) return done(outcome);
      auto with_rules = outcome;
      with_rules.postponed.emplace_back("jwt");
      done(with_rules);
    });
  }

  // Of all functions where none is named.
  void clear_cache(const std::string& name, Functions::OnDone done) {
    Outcome outcome;
    bool exists = name.empty();
    for (const auto& function : functions_->deployment().functions) {
      if (!name.empty() && function.manifest.name != name) continue;
      exists = true;
      if (function.limits.cache > 0s) outcome.cleared.push_back(function.manifest.name);
    }
    if (outcome.cleared.empty()) {
      outcome.failures.push_back(!exists ? fmt::format("there is no function {}", name)
                                 : name.empty()
                                     ? std::string("no function has answers kept: none has set cache")
                                     : fmt::format("no answers of {} are kept: it has not set cache", name));
      return done(outcome);
    }
    try {
      cache_generations_.end(outcome.cleared);
    } catch (const Failure& failure) {
      outcome.cleared.clear();
      outcome.failures.emplace_back(failure.what());
      return done(outcome);
    }
    functions_->publish_again(std::move(outcome), std::move(done));
  }

  std::string status_json() const {
    auto functions = nlohmann::json::array();
    functions_->visit([&](const DeployedFunction& function, const auto& slots) {
      auto list = nlohmann::json::array();
      for (const auto& slot : slots) list.push_back(status_of(*slot));
      functions.push_back({{"name", function.manifest.name},
                           {"path", function.route.pattern()},
                           {"id", function.id},
                           {"slots", std::move(list)}});
    });
    return nlohmann::json{{"ok", true},
                          {"message", ""},
                          {"pid", ::getpid()},
                          {"nginx", nginx_ ? nginx_->pid() : 0},
                          {"functions", std::move(functions)}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  // Only where it differs: a reload of nginx's resets connections that clients keep.
  void publish(Deployment next, std::function<void(std::optional<std::string>)> done) {
    if (stopping_) return done("the server stops");
    next.broken = broken_;
    cache_generations_.stamp(next);
    try {
      // Each write waits for the disk, and most changes are of programs alone.
      const auto endpoints = endpoints_json(next);
      if (directory_.read(endpoints_file) != endpoints) directory_.write(endpoints_file, endpoints);
      write_changed_files(nginx_ ? settings_.run_directory : settings_.shared_nginx->folder,
                          project_.served_files(next));
      if (!nginx_) {
        nginx_files_->write(project_.nginx_files(next));
        return nginx_files_->announce(std::move(done));
      }
      auto text = project_.nginx(next, port());
      if (text == nginx_text_) return done(std::nullopt);
      directory_.write(std::string(nginx_configuration_file) + ".next", text);
      nginx_->reload([this, text = std::move(text), done = std::move(done)](const auto& failure) {
        if (!failure) {
          nginx_text_ = text;
          functions_->remove_strange_sockets(directory_.file("sockets"));
        }
        done(failure);
      });
    } catch (const std::exception& error) {
      done(error.what());
    }
  }

  // ---- signals and the end ----

  void on_signal() {
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof(info)) != sizeof(info)) return;
    if (info.ssi_signo == SIGCHLD) return look_after_stopped();
    if (info.ssi_signo == SIGHUP && !has_lost_terminal()) return changes_.reload([](const std::string&) {});
    stop();
  }

  // What a terminal sends to those that it leaves behind.
  bool has_lost_terminal() const { return was_on_terminal_ && ::isatty(STDOUT_FILENO) == 0; }

  // Children that were stopped, and those that go on; of their ends their pidfds tell.
  void look_after_stopped() {
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WSTOPPED | WCONTINUED | WNOHANG) == 0 && info.si_pid != 0) {
      if (info.si_code == CLD_CONTINUED) {
        functions_->on_child_continued(info.si_pid);
      } else {
        functions_->on_child_stopped(info.si_pid);
      }
      info = {};
    }
  }

  void stop() {
    if (stopping_) {
      log_.warning("stopping at once");
      return end_now();
    }
    stopping_ = true;
    changes_.stop();
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
    for (const auto& function : functions_->deployment().functions)
      longest = std::max(longest, function.limits.timeout);
    return longest + 5s;
  }

  void end_now() {
    if (delay_) drain();
    if (nginx_) nginx_->kill();
    stop_slots();
    functions_->kill();
  }

  void stop_slots() {
    are_slots_stopping_ = true;
    functions_->stop();
    on_slot_stopped();
  }

  // In a later turn: it is a slot that calls, and those that have ended while the server goes on are gone then.
  void on_slot_stopped() {
    forget_ = loop_.after(0s, [this] {
      functions_->forget_stopped();
      if (are_slots_stopping_ && functions_->stopped()) loop_.stop();
    });
  }

  const ProjectSource& project_;
  const SupervisorSettings& settings_;
  const bool was_on_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  std::optional<posix::Account> account_;
  posix::Fd signals_;
  RunDirectory directory_;
  CacheGenerations cache_generations_{directory_.file("cache-generations.json")};
  gid_t socket_group_;
  posix::Fd listener_;  // of our own nginx
  std::string nginx_text_;
  Log log_;
  EventLoop loop_;
  Notifier notifier_{loop_};  // before any child is given an environment
  CrashFolder crashes_{settings_.keep_crashes ? directory_.file("crashes") : ""};
  SlotEnvironment slot_environment_{loop_,
                                    log_,
                                    account_ ? &*account_ : nullptr,
                                    socket_group_,
                                    settings_.run_directory,
                                    directory_.file(successor_socket),
                                    settings_.state_directory,
                                    {},
                                    {},
                                    crashes_,
                                    [this] { on_slot_stopped(); }};
  std::optional<NginxProcess> nginx_;      // our own,
  std::optional<NginxFiles> nginx_files_;  // or the files for somebody else's
  std::optional<Functions> functions_;
  std::optional<ControlSocket> control_;
  std::optional<FolderWatch> socket_watch_;
  std::optional<Orphans> orphans_;
  std::optional<Development> development_;
  std::vector<BrokenEndpoint> broken_;
  ChangeQueue changes_{loop_, log_, [this](Functions::OnDone done) { read_anew(std::move(done)); }};
  bool was_changed_meanwhile_ = false;  // nginx's configuration, while nobody was there to tell it
  EventLoop::Timer delay_;
  EventLoop::Timer give_up_;
  EventLoop::Timer forget_;
  EventLoop::Timer restore_;
  bool stopping_ = false;
  bool are_slots_stopping_ = false;
};

}  // namespace

int serve(const ProjectSource& project, const SupervisorSettings& settings) {
  raise_descriptor_limit();
  return run_below_init([&] { return Server(project, settings).run(); });
}

}  // namespace stile
