#include "cli/serving.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/access_files.hpp"
#include "cli/project.hpp"
#include "cli/served_files.hpp"
#include "cli/usage_error.hpp"
#include "posix/failure.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

namespace fs = std::filesystem;

// What one of nginx's workers may have open: it raises its own limit as far as it is let.
std::uint64_t descriptor_limit() {
  constexpr rlim_t enough = 65536;  // beyond it nginx's tables cost more than they serve
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == -1) return 1024;
  return std::min(limit.rlim_max, enough);
}

std::string read_snippet(std::string_view name) {
  const auto path = own_home() / "nginx" / name;
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) throw Failure(fmt::format("cannot read {}: is the installation whole?", path.string()));
  return text;
}

fs::path page_folder() { return own_home() / "docs"; }

std::optional<gateway::Docs> docs_in(const std::string& folder, const Resolved& settings) {
  if (!settings.docs) return std::nullopt;
  return gateway::Docs{folder, has_page(page_folder())};
}

SupervisorSettings supervisor_settings(const CommandLine& line, const Project& project) {
  SupervisorSettings settings;
  settings.run_directory = project.settings.run_directory;
  settings.state_directory = project.settings.state_directory;
  settings.secrets_directory = project.settings.secrets_directory;
  settings.token_rules = project.deployment.token_rules;
  settings.keys_file = project.settings.keys_file;
  settings.bind = project.settings.bind;
  settings.port = project.settings.port;
  settings.user = project.settings.user;
  settings.tls_certificate = project.settings.tls_certificate;
  settings.tls_key = project.settings.tls_key;
  settings.drain_delay = project.settings.drain_delay;
  settings.drain_timeout = project.settings.drain_timeout;
  settings.keep_crashes = project.settings.keep_crashes;
  settings.socket_group = project.settings.socket_group;
  if (project.settings.own_nginx) {
    settings.public_folder = public_folder(line);
    if (project.settings.docs && has_page(page_folder()) && gateway::serves_page(project.deployment))
      settings.page = "/docs";
  }
  if (!project.settings.own_nginx) {
    settings.shared_nginx.emplace();
    settings.shared_nginx->folder = project.settings.nginx_files;
    settings.shared_nginx->on_change = project.settings.on_nginx_change;
  }
  return settings;
}

// What it asks for but the functions.
ProjectSource source_of(const CommandLine& line, const Project& project) {
  ProjectSource source;
  source.nginx = [&](const Deployment& deployment, std::uint16_t port) {
    return gateway_text(line, {project.settings, deployment}, port);
  };
  source.nginx_files = [&](const Deployment& deployment) {
    auto parts = gateway_parts({project.settings, deployment});
    return NginxFileTexts{std::move(parts.http), std::move(parts.server), std::move(parts.docs)};
  };
  source.served_files = [&](const Deployment& deployment) {
    return project.settings.docs ? served_files(deployment, page_folder())
                                 : std::map<std::string, std::string>{};
  };
  return source;
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

// The functions' own folder, and that of the build's scripts, are what it was configured with.
DevelopmentSettings development_settings(const std::string& functions_build) {
  const auto build = fs::path(functions_build).parent_path();
  std::string functions;
  std::string scripts;
  std::ifstream cache(build / "CMakeCache.txt");
  for (std::string text; std::getline(cache, text);) {
    for (const auto& [key, value] : {std::pair("STILE_FUNCTIONS_DIR:PATH=", &functions),
                                     std::pair("STILE_CMAKE_DIR:INTERNAL=", &scripts)}) {
      if (text.starts_with(key)) *value = text.substr(std::string_view(key).size());
    }
  }
  if (functions.empty() || scripts.empty()) {
    throw Failure(
        fmt::format("dev builds, and {} is no folder of a build: ./stile dev makes one", build.string()));
  }
  // One build at a time in one folder, as the script has it. What does not compile keeps nothing else from it.
  return {functions,
          {"flock", (build / ".stile.lock").string(), scripts + "/build-saved", functions, "--", "ninja",
           "-C", build.string(), "-k", "0", "functions"}};
}

}  // namespace

NginxParts gateway_parts(const Project& project) {
  NginxPartsSettings gateway;
  gateway.name = project.settings.nginx_name;
  gateway.snippet = read_snippet;
  gateway.workers = project.settings.nginx_workers;
  gateway.docs = docs_in(project.settings.nginx_files, project.settings);
  gateway.cache_folder = project.settings.nginx_files;
  gateway.cache_bytes = project.settings.cache_bytes;
  return nginx_parts(project.deployment, gateway);
}

std::string gateway_text(const CommandLine& line, const Project& project, std::uint16_t port) {
  const auto& settings = project.settings;
  GatewaySettings gateway;
  gateway.bind = settings.bind;
  gateway.port = port;
  gateway.run_directory = settings.run_directory;
  gateway.health_socket = settings.run_directory + "/" + health_socket;
  gateway.ready_file = settings.run_directory + "/" + ready_file;
  gateway.snippet_directory = (own_home() / "nginx").string();
  if (::geteuid() == 0) gateway.user = settings.user;
  gateway.workers = settings.nginx_workers;
  gateway.descriptor_limit = descriptor_limit();
  gateway.tls_certificate = settings.tls_certificate;
  gateway.tls_key = settings.tls_key;
  gateway.trusted_proxies = settings.trusted_proxies;
  gateway.docs = docs_in(settings.run_directory, settings);
  gateway.cache_bytes = settings.cache_bytes;
  gateway.public_folder = public_folder(line);
  return nginx_configuration(project.deployment, gateway);
}

int serve_project(const CommandLine& line, const Project& project) {
  auto source = source_of(line, project);
  // The first time what has been read already, then what stands in the files. The project's own settings stay.
  bool is_fresh = true;
  source.read = [&] {
    auto deployment =
        std::exchange(is_fresh, false) ? project.deployment : read_deployment(line, project.settings);
    check_access_files(deployment, project.settings);
    return deployment;
  };
  return serve(source, supervisor_settings(line, project));
}

int develop_project(const CommandLine& line) {
  const auto configuration = read_configuration(line);
  Project project;
  project.settings = settings_of(line, configuration);
  refuse_vain_flags(line.values, project.settings);
  if (!project.settings.own_nginx || !is_loopback(project.settings.bind))
    throw UsageError(
        "dev shows errors of the build, so it serves on loopback alone, by itself: --nginx --bind 127.0.0.1");
  const auto folder = functions_folder(line);
  std::vector<BuiltFunction> before;
  BuildErrors errors;
  auto source = source_of(line, project);
  source.read = [&] {
    const auto built = read_partly_built(folder, before);
    before = built.functions;
    auto deployment = deploy_partly_built(built, errors, read_configuration(line), project.settings);
    check_access_files(deployment, project.settings);
    return deployment;
  };
  source.on_built = [&](BuildErrors of_build) { errors = std::move(of_build); };
  auto settings = supervisor_settings(line, project);
  settings.development = development_settings(folder);
  return serve(source, settings);
}

}  // namespace stile::cli
