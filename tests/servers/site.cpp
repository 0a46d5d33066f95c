#include "servers/site.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/eventually.hpp"
#include "support/network.hpp"
#include "support/snippets.hpp"
#include "worker/workers.hpp"

namespace stile::test {
namespace {

namespace fs = std::filesystem;

// The document's spawn-fcgi commands, in their order.
std::vector<std::string> spawn_commands() {
  std::vector<std::string> found;
  for (const auto& block : blocks(document(), "console")) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# spawn-fcgi ")) found.push_back(line.substr(2));
    }
  }
  return found;
}

bool takes_connections(std::uint16_t port) {
  try {
    const RawConnection connection(port);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

std::string name_of(Server server) {
  switch (server) {
    case Server::caddy:
      return "caddyfile";
    case Server::apache:
      return "apache";
    case Server::lighttpd:
      return "lighttpd";
  }
  return {};
}

std::string document() { return read_file(STILE_SOURCE_DIR "/docs/other-servers.md"); }

Backend project_function(const std::string& name) {
  return {STILE_BINARY_DIR "/functions/" + name + ".fcgi"};
}

Backend test_function(const std::string& name) {
  return {worker_program(name), {"--route", "/hello/{any...}"}};
}

Site::Site(Server server, const Backend& below, std::size_t which)
    : below_backend_(below), port_(free_port()) {
  for (const char* folder :
       {"run/apache2", "run/lighttpd", "log/apache2", "www/html", "stile/functions/hello"}) {
    fs::create_directories(directory_.file(folder));
  }
  fs::permissions(directory_.file("run/lighttpd"), fs::perms::all);
  start_worker(hello_, 0, project_function("hello"));
  restart_worker();
  start_server(server, which);
}

Site::~Site() {
  server_->signal(SIGTERM);  // before its workers, and so that it takes its own children with it
  server_->wait(std::chrono::seconds{10});
}

std::string Site::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<pid_t> Site::children_of_server() const {
  const auto pid = std::to_string(server_->pid());
  std::istringstream numbers(read_file("/proc/" + pid + "/task/" + pid + "/children"));
  return {std::istream_iterator<pid_t>(numbers), {}};
}

std::string Site::moved(std::string text) const {
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/run/", "run/"}, {"/var/log/", "log/"}, {"/var/www/", "www/"}, {"/opt/stile/", "stile/"}}) {
    text = replaced(std::move(text), from, directory_.file(to));
  }
  text = replaced(std::move(text), "localhost:2019", "localhost:" + std::to_string(free_port()));
  return replaced(std::move(text), "8080", std::to_string(port_));
}

// In the foreground (-n), so that it is the test's own child. Whose it is, only root can say.
void Site::start_worker(std::optional<Process>& process, std::size_t command, const Backend& backend) {
  auto text = replaced(moved(spawn_commands().at(command)), "spawn-fcgi ", "exec spawn-fcgi -n ");
  if (::geteuid() != 0) text = replaced(text, "-U www-data -G www-data -u www-data -g www-data ", "");
  const auto program =
      directory_.file(command == 0 ? "stile/functions/hello.fcgi" : "stile/functions/hello/{name}.fcgi");
  fs::copy_file(backend.program, program, fs::copy_options::overwrite_existing);  // where www-data reaches it
  for (const auto& argument : backend.arguments) text += " '" + argument + "'";
  process.emplace(std::vector<std::string>{"sh", "-c", text});
  // The socket is there, with its owner and mode, once spawn-fcgi has become the worker.
  const auto executable = "/proc/" + std::to_string(process->pid()) + "/exe";
  const auto has_ended = [&] { return process->wait(std::chrono::milliseconds{0}).has_value(); };
  std::error_code gone;
  const bool runs = eventually([&] { return has_ended() || fs::read_symlink(executable, gone) == program; });
  if (!runs || has_ended()) throw std::runtime_error("no worker: " + process->text(Stream::err));
}

void Site::restart_worker() {
  fs::remove(directory_.file("run/hello.name.sock"));
  below_.reset();
  start_worker(below_, 1, below_backend_);
}

void Site::start_server(Server server, std::size_t which) {
  const auto file = directory_.write("server.conf", moved(blocks(document(), name_of(server)).at(which)));
  const ProcessOptions options{
      .environment = {{"HOME", directory_.path()}, {"XDG_DATA_HOME", ""}, {"XDG_CONFIG_HOME", ""}},
      .directory = directory_.path()};
  switch (server) {
    case Server::caddy:
      server_.emplace(std::vector<std::string>{"caddy", "run", "--config", file, "--adapter", "caddyfile"},
                      options);
      break;
    case Server::apache:
      server_.emplace(std::vector<std::string>{"/usr/sbin/apache2", "-f", file, "-DFOREGROUND"}, options);
      break;
    case Server::lighttpd:
      server_.emplace(std::vector<std::string>{"/usr/sbin/lighttpd", "-D", "-f", file}, options);
      break;
  }
  const bool answers =
      eventually([&] { return takes_connections(port_) || server_->wait(std::chrono::milliseconds{0}); });
  if (!answers || server_->wait(std::chrono::milliseconds{0})) {
    throw std::runtime_error(name_of(server) + " does not serve: " + server_->text(Stream::out) +
                             server_->text(Stream::err));
  }
}

}  // namespace stile::test
