#include "support/served_project.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "posix/fd.hpp"

namespace stile::test {
namespace {

constexpr std::string_view ready = "ready: ";
constexpr std::string_view host = "://127.0.0.1:";

// "http://127.0.0.1:PORT" of the ready line.
std::string origin_of(const std::string& line) {
  const auto begin = line.find(ready) + ready.size();
  const auto port = line.find(host, begin) + host.size();
  return line.substr(begin, line.find_first_not_of("0123456789", port) - begin);
}

std::uint16_t port_of(const std::string& origin) {
  std::uint16_t port = 0;
  std::from_chars(origin.data() + origin.rfind(':') + 1, origin.data() + origin.size(), port);
  if (port == 0) throw std::runtime_error("no port in \"" + origin + "\"");
  return port;
}

// Empty where the process is gone meanwhile.
std::string proc_file(pid_t pid, const char* name) {
  try {
    return read_file("/proc/" + std::to_string(pid) + "/" + name);
  } catch (const std::exception&) {
    return {};
  }
}

// All of its threads: 'T' stopped, 'S' asleep. Or it is gone.
bool all_are(char state, pid_t pid) {
  std::error_code gone;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    const auto stat = proc_file(pid, ("task/" + task.path().filename().string() + "/stat").c_str());
    const auto name_ends = stat.rfind(") ");
    if (name_ends != std::string::npos && stat[name_ends + 2] != state) return false;
  }
  return true;
}

struct Status {
  char state = 'Z';
  pid_t parent = 0;
};

// "PID (name that may hold anything) STATE PARENT ..."
Status status_of(pid_t pid) {
  const auto text = proc_file(pid, "stat");
  const auto name_end = text.rfind(") ");
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return {};
  Status status{text[name_end + 2], 0};
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), status.parent);
  return status;
}

std::map<pid_t, Status> living_processes() {
  std::map<pid_t, Status> result;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (const auto status = status_of(pid); status.state != 'Z' && status.state != 'X')
      result.emplace(pid, status);
  }
  return result;
}

}  // namespace

std::vector<pid_t> processes_of(const std::string& directory) {
  const auto living = living_processes();
  std::set<pid_t> found;
  for (const auto& [pid, status] : living) {
    if (proc_file(pid, "cmdline").find(directory) != std::string::npos ||
        proc_file(pid, "environ").find(directory) != std::string::npos)
      found.insert(pid);
  }
  for (auto before = found.size() + 1; before != found.size();) {
    before = found.size();
    for (const auto& [pid, status] : living) {
      if (found.contains(status.parent)) found.insert(pid);
    }
  }
  return {found.begin(), found.end()};
}

void wait_until_asleep(pid_t pid) {
  if (!eventually([&] { return all_are('S', pid); }))
    throw std::runtime_error("process " + std::to_string(pid) + " does not come to rest");
}

void stop_by_signal(pid_t pid) {
  if (::kill(pid, SIGSTOP) == -1 || !eventually([&] { return all_are('T', pid); }))
    throw std::runtime_error("process " + std::to_string(pid) + " was not stopped");
}

ServedProject::ServedProject(const Options& options)
    : run_directory_(options.run_directory.empty() ? directory_.file("run") : options.run_directory) {
  std::vector<std::string> argv{options.program, "serve",       "--run-dir",
                                run_directory_,  "--state-dir", run_directory_ + "/state"};
  const std::vector<std::string> nginx =
      options.own_nginx
          ? std::vector<std::string>{"--bind", "127.0.0.1", "--port", std::to_string(options.port)}
          : std::vector<std::string>{"--no-nginx"};
  argv.insert(argv.end(), nginx.begin(), nginx.end());
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  process_.emplace(argv, options.process);
  try {
    if (options.own_nginx) {
      origin_ = origin_of(process_->wait_for_line(Stream::out, std::string(ready)));
      port_ = port_of(origin_);
    } else {
      process_->wait_for_line(Stream::out, "ready: ");
    }
  } catch (...) {
    end_all();  // no destructor runs for what was never made
    throw;
  }
}

ServedProject::~ServedProject() { end_all(); }

void ServedProject::end_all() const {
  if (!process_->wait(std::chrono::milliseconds{0})) {
    process_->signal(SIGTERM);
    process_->wait(std::chrono::seconds{10});
  }
  for (const pid_t pid : processes()) ::kill(pid, SIGKILL);
}

std::string ServedProject::url(const std::string& path) const { return origin_ + path; }

Exit ServedProject::stop() {
  process_->signal(SIGTERM);
  if (const auto exit = process_->wait()) return *exit;
  throw std::runtime_error("stile did not end after SIGTERM\n" + log());
}

std::string ServedProject::wait_for_log(const std::string& part, std::chrono::milliseconds within) const {
  return process_->wait_for_line(Stream::out, part, within);
}

std::string ServedProject::ask(const std::string& line) const {
  const posix::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (run_directory_ + "/control.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == -1)
    throw std::runtime_error("nobody listens at the control socket");
  const std::string request = line + "\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) == -1)
    throw std::runtime_error("the control socket takes nothing");
  std::string answer;
  std::array<char, 65536> room{};
  for (ssize_t size = 0; (size = ::recv(socket.get(), room.data(), room.size(), 0)) > 0;)
    answer.append(room.data(), static_cast<std::size_t>(size));
  return answer;
}

std::vector<pid_t> ServedProject::processes() const {
  auto found = processes_of(run_directory_);
  std::stable_partition(found.begin(), found.end(), [&](pid_t pid) { return pid == process_->pid(); });
  return found;
}

std::vector<pid_t> ServedProject::processes(const std::string& name) const {
  auto found = processes();
  std::erase_if(found, [&](pid_t pid) { return proc_file(pid, "comm") != name + "\n"; });
  return found;
}

}  // namespace stile::test
