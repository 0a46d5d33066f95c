#include "gateway/nginx_configuration.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "gateway/budget.hpp"
#include "gateway/cache_locations.hpp"
#include "gateway/locations.hpp"
#include "gateway/nginx_text.hpp"
#include "gateway/policies.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

using gateway::Budget;
using gateway::checked;
using gateway::inert;
using gateway::Location;
using gateway::NginxText;

// Beyond an idle minute a kept connection costs a place and saves nothing that matters; nobody but nginx
// closes one.
constexpr auto kept_idle = "1h";

// What a worker of somebody else's nginx may have open: a service's usual limit. It leads to fewer connections
// than Debian's worker_connections, 768.
constexpr std::uint64_t descriptors_elsewhere = 1024;

// The lines of a snippet without its comments, which would stand there as often as it does.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto begin = line.find_first_not_of(' ');
    if (begin != std::string_view::npos && line[begin] != '#') lines.push_back(line);
  }
  return lines;
}

class Writer : public NginxText {
 public:
  Writer(const Deployment& deployment, const Budget& budget, std::string name, Snippet snippet)
      : NginxText(std::move(snippet)),
        deployment_(deployment),
        budget_(budget),
        name_(std::move(name)),
        policies_(deployment, name_) {
    std::size_t servers = 0;
    for (const auto& function : deployment.functions) servers += function.sockets.size();
    zone_kilobytes_ = 128 + 2 * servers;  // a server takes less than 2 KB of it
  }

  void write_main(const GatewaySettings& settings);
  void write_http(const gateway::CacheSettings& cache);
  void write_server(const GatewaySettings& settings);
  void write_parts_of_server();
  void write_docs_of_guest(const gateway::Docs& docs);

 private:
  void write_tls(const GatewaySettings& settings);
  void write_health_server(const GatewaySettings& settings);
  void write_health_location(const std::string& path, const GatewaySettings& settings);
  void write_problem();
  void write_problem_locations();
  void write_upstream(const DeployedFunction& function);
  void write_cached_places(const std::vector<std::string_view>& snippets);
  void write_second_tries(const std::vector<std::string_view>& snippets);
  void write_part(const std::string& what, const Location& location, const std::vector<Location>& below);
  void write_location(const Location& location);
  void write_content(const Location& location);
  void write_route(std::size_t index);
  void write_broken(const BrokenEndpoint& endpoint);
  void write_endpoint(const DeployedFunction& function);
  void write_call(const DeployedFunction& function);
  std::vector<Location> locations() const;

  std::string problem() const { return fmt::format("@{}_problem", name_); }
  std::string upstream(const DeployedFunction& function) const { return name_ + "_" + function.id; }
  std::string again_target(const DeployedFunction& function) const;
  std::string second_try(const DeployedFunction& function) const {
    return fmt::format("@{}_again_{}ms", name_, function.limits.timeout.count());
  }

  const Deployment& deployment_;
  const Budget& budget_;
  std::string name_;
  gateway::Policies policies_;
  std::string public_folder_;
  std::vector<std::string_view> everywhere_;  // what each location includes that adds headers of its own
  std::size_t zone_kilobytes_ = 0;
};

// Where a second try goes: the socket itself, which is a fresh connection beyond the bound (the first try has
// just given its place back), or, of several, an upstream that keeps none.
std::string Writer::again_target(const DeployedFunction& function) const {
  return function.sockets.size() == 1 ? "unix:" + checked(function.sockets.front())
                                      : upstream(function) + "+again";
}

std::vector<Location> Writer::locations() const {
  std::vector<Route> routes;
  for (const auto& function : deployment_.functions) routes.push_back(function.route);
  for (const auto& endpoint : deployment_.broken) routes.push_back(endpoint.route);
  auto all = gateway::make_locations(routes);
  if (public_folder_.empty() || deployment_.prefix.empty()) return all;
  // What lies below the prefix is the functions' alone.
  for (const bool exact : {true, false}) {
    const auto path = deployment_.prefix + (exact ? "" : "/");
    const auto is_this = [&](const Location& one) { return one.exact == exact && one.path == path; };
    if (std::none_of(all.begin(), all.end(), is_this)) all.push_back({exact, path, {}, std::nullopt});
  }
  return all;
}

void Writer::write_main(const GatewaySettings& settings) {
  line("# Generated from the manifests of the functions; what is included stands in nginx/.");
  line("daemon off;");
  line("pid \"{}/nginx.pid\";", checked(settings.run_directory));
  // Below it nginx writes whole request lines, with the values of queries; what became of a request is in the
  // access log.
  line("error_log stderr crit;");
  if (!settings.user.empty()) line("user {};", settings.user);
  line("worker_processes {};", settings.workers);
  line("worker_rlimit_nofile {};", budget_.descriptors());
  line("pcre_jit on;");
  line("events {{ worker_connections {}; }}", budget_.connections());
  open("http");
  include("http.conf");
  line("client_body_temp_path \"{}/nginx/body\";", settings.run_directory);
  for (const std::string_view module : {"proxy", "fastcgi", "uwsgi", "scgi"})
    line("{0}_temp_path \"{1}/nginx/{0}\";", module, settings.run_directory);
  write_http({settings.run_directory + "/nginx", settings.cache_bytes});
  for (const auto& proxy : settings.trusted_proxies) line("set_real_ip_from {};", proxy);
  if (!settings.trusted_proxies.empty()) include("proxies.conf");
  public_folder_ = settings.public_folder;
  if (!public_folder_.empty()) include("public_http.conf");
  if (!settings.tls_certificate.empty()) everywhere_ = {"hsts.conf"};
  write_server(settings);
  write_health_server(settings);
  close();
}

void Writer::write_http(const gateway::CacheSettings& cache) {
  include("variables.conf");
  include("problems.conf");
  policies_.write_http(*this);
  for (const auto& function : deployment_.functions) write_upstream(function);
  gateway::write_cache(*this, deployment_, name_, cache);
}

// With a zone max_conns counts over all nginx workers, and so does least_conn. max_fails=0: a worker that
// crashed is started by the next connection, so that no server is ever "down".
void Writer::write_upstream(const DeployedFunction& function) {
  open("upstream " + upstream(function));
  line("zone {} {}k;", name_, zone_kilobytes_);
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

void Writer::write_server(const GatewaySettings& settings) {
  const bool is_six = settings.bind.find(':') != std::string::npos;
  open("server");
  const bool is_tls = !settings.tls_certificate.empty();
  line("listen {}:{}{};", is_six ? "[" + settings.bind + "]" : settings.bind, settings.port,
       is_tls ? " ssl http2" : "");
  include("common.conf");
  if (is_tls) write_tls(settings);
  include("server.conf");
  include("parameters.conf");
  include("error_pages.conf");
  line("error_page 502 {};", problem());
  write_problem_locations();
  // A function that has this very route is asked instead.
  for (const std::string path : {"/healthz", "/readyz"}) {
    const auto is_this = [&](const auto& endpoint) { return endpoint.route.pattern() == path; };
    if (std::none_of(deployment_.functions.begin(), deployment_.functions.end(), is_this) &&
        std::none_of(deployment_.broken.begin(), deployment_.broken.end(), is_this))
      write_health_location(path, settings);
  }
  if (settings.docs) gateway::write_docs(*this, deployment_, *settings.docs, everywhere_);
  if (!public_folder_.empty()) gateway::write_public_miss(*this, public_folder_, everywhere_);
  policies_.write_problem_locations(*this, [&] { write_problem(); });
  write_second_tries({"error_pages.conf"});
  auto of_cached = everywhere_;
  of_cached.insert(of_cached.end(), {"server.conf", "error_pages.conf"});
  write_cached_places(of_cached);
  for (const auto& location : locations()) write_location(location);
  close();
}

void Writer::write_tls(const GatewaySettings& settings) {
  line("ssl_certificate \"{}\";", checked(settings.tls_certificate));
  line("ssl_certificate_key \"{}\";", checked(settings.tls_key));
  line("ssl_dhparam \"{}/ffdhe2048.pem\";", settings.snippet_directory);
  include("tls.conf");
  include("hsts.conf");
}

void Writer::write_problem() {
  include("problem.conf");
  for (const auto snippet : everywhere_) include(snippet);
  policies_.write_problem(*this);
}

void Writer::write_problem_locations() {
  // "@" stands in no route: the second one is in nobody's way.
  for (const auto& place : {problem(), "= /" + problem()}) {
    open("location " + place);
    write_problem();
    close();
  }
  open("location @stile_not_ready");
  include("not_ready.conf");
  for (const auto snippet : everywhere_) include(snippet);
  close();
}

// How `stile health` asks, whatever address, port or certificate the other server has.
void Writer::write_health_server(const GatewaySettings& settings) {
  open("server");
  line("listen \"unix:{}\";", checked(settings.health_socket));
  include("common.conf");
  include("error_pages.conf");
  write_problem_locations();
  write_health_location("/healthz", settings);
  write_health_location("/readyz", settings);
  line("location / {{ return 404; }}");
  close();
}

void Writer::write_health_location(const std::string& path, const GatewaySettings& settings) {
  open("location = " + path);
  line("set $stile_allow \"GET, HEAD\";");
  include("endpoint.conf");
  include("health.conf");
  for (const auto snippet : everywhere_) include(snippet);
  include("error_pages.conf");
  if (path == "/readyz") line("if (!-f \"{}\") {{ return 503; }}", checked(settings.ready_file));
  line("return 200 '{{\"status\":\"ok\"}}\\n';");
  close();
}

// A server of somebody else's is left as it is: all that we set stands in our own locations. `^~` keeps its
// regular expressions away from our paths; its longer prefixes and exact locations win.
void Writer::write_parts_of_server() {
  open("location " + problem());
  include("common.conf");
  write_problem();
  close();
  policies_.write_problem_locations(*this, [&] {
    include("common.conf");
    write_problem();
  });
  write_second_tries(
      {"common.conf", "guest.conf", "uncached.conf", "server.conf", "parameters.conf", "error_pages.conf"});
  write_cached_places({"common.conf", "guest.conf", "server.conf", "error_pages.conf"});
  // The prefix itself, with and without a slash, is ours even where no function stands there.
  Location root{false, deployment_.prefix + "/", {}, std::nullopt};
  Location bare{true, deployment_.prefix, {}, std::nullopt};
  std::vector<Location> below;
  for (auto& location : locations()) {
    if (location.exact && location.path == bare.path) {
      bare = std::move(location);
    } else if (!location.exact && location.path == root.path) {
      root = std::move(location);
    } else if (location.path.starts_with(root.path)) {  // not the "/" that is always there
      below.push_back(std::move(location));
    }
  }
  if (!bare.path.empty()) write_part("location = " + bare.path, bare, {});
  write_part("location ^~ " + root.path, root, below);
}

void Writer::write_docs_of_guest(const gateway::Docs& docs) {
  gateway::write_docs(*this, deployment_, docs, {"common.conf", "error_pages.conf"});
}

void Writer::write_part(const std::string& what, const Location& location,
                        const std::vector<Location>& below) {
  open(what);
  for (const auto snippet : {"common.conf", "guest.conf", "uncached.conf", "server.conf", "parameters.conf"})
    include(snippet);
  if (!location.route) {  // an endpoint has pages of its own
    include("error_pages.conf");
    line("error_page 502 {};", problem());
  }
  for (const auto& inner : below) write_location(inner);
  write_content(location);
  close();
}

// A timeout can't be a variable: one location for each.
void Writer::write_second_tries(const std::vector<std::string_view>& snippets) {
  std::set<std::chrono::milliseconds> timeouts;
  for (const auto& function : deployment_.functions) {
    if (!timeouts.insert(function.limits.timeout).second) continue;
    open("location " + second_try(function));
    for (const auto snippet : snippets) include(snippet);
    policies_.write_second_try(*this, everywhere_);
    include("again.conf");
    line("fastcgi_read_timeout {0}ms;", function.limits.timeout.count());
    line("fastcgi_send_timeout {0}ms;", function.limits.timeout.count());
    close();
  }
}

// What is to be kept is asked for from a place of its own, where other things are handed over.
void Writer::write_cached_places(const std::vector<std::string_view>& snippets) {
  for (const auto& function : deployment_.functions) {
    if (!gateway::is_cached(function)) continue;
    open("location " + gateway::cached_place(name_, function));
    for (const auto snippet : snippets) include(snippet);
    gateway::write_cached_request(*this, name_, function);
    policies_.write_cached_place(*this, function);
    write_call(function);
    close();
  }
}

void Writer::write_location(const Location& location) {
  open(fmt::format("location {}{}", location.exact ? "= " : "", location.path));
  write_content(location);
  close();
}

void Writer::write_content(const Location& location) {
  for (const auto& pattern : location.patterns) {
    open(fmt::format("location ~ \"{}\"", pattern.expression));
    write_route(pattern.route);
    close();
  }
  if (location.route) {
    write_route(*location.route);
  } else if (!public_folder_.empty() && location.path == "/" && !location.exact) {
    gateway::write_public_files(*this, public_folder_, everywhere_);
  } else {
    line("return 404;");  // without it nginx would serve files of its default folder
  }
}

// As locations() counts them.
void Writer::write_route(std::size_t index) {
  const auto functions = deployment_.functions.size();
  if (index < functions) {
    write_endpoint(deployment_.functions[index]);
  } else {
    write_broken(deployment_.broken[index - functions]);
  }
}

void Writer::write_broken(const BrokenEndpoint& endpoint) {
  line("default_type application/problem+json;");
  line("add_header X-Request-Id $stile_request_id always;");
  line("add_header Cache-Control no-store always;");
  line("add_header X-Content-Type-Options nosniff always;");
  for (const auto snippet : everywhere_) include(snippet);
  line(R"(return 500 '{{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"{}",)"
       R"("request_id":"$stile_request_id"}}\n';)",
       inert(endpoint.error));
}

void Writer::write_endpoint(const DeployedFunction& function) {
  line("set $stile_function {};", function.id);
  line("set $stile_allow \"{}\";", comma_list(function.manifest.methods));
  line("set $stile_again \"{}\";", again_target(function));
  policies_.write_variables(*this, function);
  include("endpoint.conf");
  policies_.write_location(*this, function, everywhere_);
  include("error_pages.conf");
  if (gateway::is_cached(function)) gateway::write_way_to_cached_place(*this, name_, function);
  write_call(function);
}

void Writer::write_call(const DeployedFunction& function) {
  const auto& limits = function.limits;
  line("error_page 502 = {};", second_try(function));
  // 0 would be no limit at all; the worker refuses the one byte.
  line("client_max_body_size {};", std::max<std::uint64_t>(limits.max_body, 1));
  line("fastcgi_read_timeout {}ms;", limits.timeout.count());
  line("fastcgi_send_timeout {}ms;", limits.timeout.count());
  line("fastcgi_pass {};", upstream(function));
}

// A snippet as it stands in a text of its own: its places have this text's name, and since nginx has found
// one of ours by then, the page for what it finds before is the same as for the rest.
std::string renamed(std::string_view line, const std::string& name) {
  constexpr std::string_view ours = "@stile_";
  std::string text(line);
  for (auto at = text.find(ours); at != std::string::npos; at = text.find(ours, at + 1)) {
    text.replace(at, ours.size(), "@" + name + "_");
    if (at > 0 && text[at - 1] == '/') text.erase(--at, 1);
  }
  return text;
}

std::string heading(const Deployment& deployment, std::string_view place, std::string_view other) {
  return fmt::format(
      "# Serves the functions at {}: include this in {}, and {} beside it in {}.\n"
      "# Written by `stile serve --no-nginx`, anew when functions or settings change: what you write here is "
      "lost.\n",
      deployment.prefix.empty() ? "/" : deployment.prefix, place, other,
      other == "http.conf" ? "its http block" : "a server block");
}

constexpr std::string_view docs_heading =
    "# /docs and /openapi.json, where you want them: include this in the server block that includes "
    "server.conf.\n"
    "# Written by `stile serve --no-nginx`, empty where `docs` is off.\n";

}  // namespace

std::string nginx_configuration(const Deployment& deployment, const GatewaySettings& settings) {
  const Budget budget(settings.descriptor_limit, deployment.functions.size(), settings.workers);
  Writer writer(deployment, budget, "stile", [&](NginxText& own, std::string_view name) {
    own.line("include \"{}/{}\";", checked(settings.snippet_directory), name);
  });
  writer.write_main(settings);
  return writer.take();
}

NginxParts nginx_parts(const Deployment& deployment, const NginxPartsSettings& settings) {
  const Budget budget(descriptors_elsewhere, deployment.functions.size(), settings.workers);
  Writer writer(deployment, budget, settings.name, [&](NginxText& own, std::string_view name) {
    const std::string text = settings.snippet(name);
    for (const auto line : lines_of(text)) own.line("{}", renamed(line, settings.name));
  });
  NginxParts parts;
  writer.write_http({settings.cache_folder, settings.cache_bytes});
  parts.http = heading(deployment, "nginx's http block", "server.conf") + writer.take();
  writer.write_parts_of_server();
  parts.server = heading(deployment, "a server block of nginx", "http.conf") + writer.take();
  parts.docs = docs_heading;
  if (settings.docs) writer.write_docs_of_guest(*settings.docs);
  parts.docs += writer.take();
  return parts;
}

}  // namespace stile
