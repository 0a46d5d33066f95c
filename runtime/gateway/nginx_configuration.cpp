#include "gateway/nginx_configuration.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "gateway/budget.hpp"
#include "gateway/locations.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

using gateway::Budget;
using gateway::Location;

// Beyond an idle minute a kept connection costs a place and saves nothing that matters; nobody but nginx
// closes one.
constexpr auto kept_idle = "1h";

// A path inside a directive. nginx has no way to write some characters, and reads a socket's path up to a
// colon.
std::string checked(const std::string& path) {
  const auto bad = [](char c) {
    return static_cast<unsigned char>(c) < ' ' ||
           std::string_view("\"'\\$:;").find(c) != std::string_view::npos;
  };
  if (path.empty() || path.front() != '/' || std::any_of(path.begin(), path.end(), bad)) {
    throw std::invalid_argument(fmt::format(
        "'{}' can't stand in nginx's configuration: choose an absolute path without \" ' \\ $ : ;", path));
  }
  return path;
}

std::size_t worker_count(const std::string& workers) {
  std::size_t count = 1;
  std::from_chars(workers.data(), workers.data() + workers.size(), count);
  return count;
}

class Writer {
 public:
  Writer(const Deployment& deployment, const GatewaySettings& settings)
      : deployment_(deployment),
        settings_(settings),
        budget_(settings.descriptor_limit, deployment.functions.size(), worker_count(settings.workers)) {
    std::size_t servers = 0;
    for (const auto& function : deployment.functions) servers += function.sockets.size();
    zone_kilobytes_ = 128 + 2 * servers;  // a server takes less than 2 KB of it
  }

  std::string write() {
    write_main();
    open("http");
    include("http.conf");
    include("problems.conf");
    write_temporary_paths();
    for (const auto& function : deployment_.functions) write_upstream(function);
    write_server();
    close();
    return std::move(text_);
  }

 private:
  template <class... A>
  void line(fmt::format_string<A...> format, A&&... values) {
    text_.append(2 * depth_, ' ');
    text_ += fmt::format(format, std::forward<A>(values)...);
    text_ += '\n';
  }
  void open(std::string_view what) {
    line("{} {{", what);
    ++depth_;
  }
  void close() {
    --depth_;
    line("}}");
  }
  void include(std::string_view snippet) {
    line("include \"{}/{}\";", checked(settings_.snippet_directory), snippet);
  }

  void write_main();
  void write_temporary_paths();
  void write_upstream(const DeployedFunction& function);
  void write_server();
  void write_tls();
  void write_problem_locations();
  void write_second_tries();
  void write_location(const Location& location);
  void write_endpoint(const DeployedFunction& function);

  const Deployment& deployment_;
  const GatewaySettings& settings_;
  Budget budget_;
  std::size_t zone_kilobytes_ = 0;
  std::string text_;
  std::size_t depth_ = 0;
};

// Where a second try goes: the socket itself, which is a fresh connection beyond the bound (the first try has
// just given its place back), or, of several, an upstream that keeps none.
std::string again_target(const DeployedFunction& function) {
  return function.sockets.size() == 1 ? "unix:" + checked(function.sockets.front()) : function.id + "+again";
}

std::string second_try(const DeployedFunction& function) {
  return fmt::format("@again_{}ms", function.limits.timeout.count());
}

void Writer::write_main() {
  line("# Generated from the manifests of the functions; what is included stands in nginx/.");
  line("daemon off;");
  line("pid \"{}/nginx.pid\";", checked(settings_.run_directory));
  // Below it nginx writes whole request lines, with the values of queries; what became of a request is in the
  // access log.
  line("error_log stderr crit;");
  if (!settings_.user.empty()) line("user {};", settings_.user);
  line("worker_processes {};", settings_.workers);
  line("worker_rlimit_nofile {};", budget_.descriptors());
  line("pcre_jit on;");
  line("events {{ worker_connections {}; }}", budget_.connections());
}

void Writer::write_temporary_paths() {
  line("client_body_temp_path \"{}/nginx/body\";", settings_.run_directory);
  for (const std::string_view module : {"proxy", "fastcgi", "uwsgi", "scgi"})
    line("{0}_temp_path \"{1}/nginx/{0}\";", module, settings_.run_directory);
}

// With a zone max_conns counts over all nginx workers, and so does least_conn. max_fails=0: a worker that
// crashed is started by the next connection, so that no server is ever "down".
void Writer::write_upstream(const DeployedFunction& function) {
  open("upstream " + function.id);
  line("zone stile {}k;", zone_kilobytes_);
  if (function.sockets.size() > 1) line("least_conn;");
  for (const auto& socket : function.sockets)
    line("server \"unix:{}\" max_fails=0 max_conns={};", checked(socket), budget_.at_once(function.limits));
  line("keepalive {};", budget_.kept(function.limits));
  line("keepalive_requests 1000000000;");
  line("keepalive_timeout {};", kept_idle);
  close();
  if (function.sockets.size() == 1) return;
  open("upstream " + again_target(function));
  for (const auto& socket : function.sockets) line("server \"unix:{}\" max_fails=0;", checked(socket));
  close();
}

void Writer::write_server() {
  const bool is_six = settings_.bind.find(':') != std::string::npos;
  open("server");
  const bool is_tls = !settings_.tls_certificate.empty();
  line("listen {}:{}{};", is_six ? "[" + settings_.bind + "]" : settings_.bind, settings_.port,
       is_tls ? " ssl http2" : "");
  if (is_tls) write_tls();
  include("server.conf");
  include("error_pages.conf");
  line("error_page 502 @problem;");
  write_problem_locations();
  write_second_tries();
  std::vector<Route> routes;
  for (const auto& function : deployment_.functions) routes.push_back(function.route);
  for (const auto& location : gateway::make_locations(routes)) write_location(location);
  close();
}

void Writer::write_tls() {
  line("ssl_certificate \"{}\";", checked(settings_.tls_certificate));
  line("ssl_certificate_key \"{}\";", checked(settings_.tls_key));
  line("ssl_dhparam \"{}/ffdhe2048.pem\";", settings_.snippet_directory);
  include("tls.conf");
}

void Writer::write_problem_locations() {
  // "@" stands in no route: the second one is in nobody's way.
  for (const std::string_view name : {"@problem", "= /@problem"}) {
    open(fmt::format("location {}", name));
    include("problem.conf");
    close();
  }
}

// A timeout can't be a variable: one location for each.
void Writer::write_second_tries() {
  std::set<std::chrono::milliseconds> timeouts;
  for (const auto& function : deployment_.functions) {
    if (!timeouts.insert(function.limits.timeout).second) continue;
    open("location " + second_try(function));
    include("error_pages.conf");
    include("again.conf");
    line("fastcgi_read_timeout {0}ms;", function.limits.timeout.count());
    line("fastcgi_send_timeout {0}ms;", function.limits.timeout.count());
    close();
  }
}

void Writer::write_location(const Location& location) {
  open(fmt::format("location {}{}", location.exact ? "= " : "", location.path));
  for (const auto& pattern : location.patterns) {
    open(fmt::format("location ~ \"{}\"", pattern.expression));
    write_endpoint(deployment_.functions[pattern.route]);
    close();
  }
  if (location.route) {
    write_endpoint(deployment_.functions[*location.route]);
  } else {
    include("not_found.conf");
  }
  close();
}

void Writer::write_endpoint(const DeployedFunction& function) {
  const auto& limits = function.limits;
  line("set $stile_function {};", function.id);
  line("set $stile_allow \"{}\";", comma_list(function.manifest.methods));
  line("set $stile_again \"{}\";", again_target(function));
  include("endpoint.conf");
  include("error_pages.conf");
  line("error_page 502 = {};", second_try(function));
  // 0 would be no limit at all; the worker refuses the one byte.
  line("client_max_body_size {};", std::max<std::uint64_t>(limits.max_body, 1));
  line("fastcgi_read_timeout {}ms;", limits.timeout.count());
  line("fastcgi_send_timeout {}ms;", limits.timeout.count());
  line("fastcgi_pass {};", function.id);
}

}  // namespace

std::string nginx_configuration(const Deployment& deployment, const GatewaySettings& settings) {
  return Writer(deployment, settings).write();
}

}  // namespace stile
