#include "cli/run.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "cli/control_client.hpp"
#include "cli/health.hpp"
#include "cli/keys.hpp"
#include "cli/logs.hpp"
#include "cli/project.hpp"
#include "cli/served_files.hpp"
#include "cli/settings.hpp"
#include "cli/status.hpp"
#include "cli/usage_error.hpp"
#include "gateway/nginx_configuration.hpp"
#include "manifest/crash_file.hpp"
#include "manifest/text.hpp"
#include "openapi/diff.hpp"
#include "posix/cgroup.hpp"
#include "posix/failure.hpp"
#include "posix/processors.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

namespace fs = std::filesystem;

// bin/stile, functions/ and nginx/ stand beside each other, in a build folder as where it is installed.
fs::path own_home() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// stile.json of the current folder, else of the place where this is installed, or of the checkout whose build/PRESET it is.
std::optional<fs::path> find_configuration(const CommandLine& line) {
  if (line.config_file) return fs::absolute(*line.config_file);
  std::vector<fs::path> folders{fs::current_path(), own_home()};
  if (own_home().parent_path().filename() == "build")
    folders.push_back(own_home().parent_path().parent_path());
  for (const auto& folder : folders) {
    if (fs::exists(folder / "stile.json")) return folder / "stile.json";
  }
  return std::nullopt;
}

bool is_roots_alone(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Configuration read_configuration(const CommandLine& line) {
  const auto path = find_configuration(line);
  if (!path) return {};
  std::ifstream in(*path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in || fs::is_directory(*path)) throw UsageError(fmt::format("{}: cannot be read", path->string()));
  auto configuration = parse_configuration(text, path->string());
  if (configuration.values.on_nginx_change && ::geteuid() == 0 && !is_roots_alone(*path)) {
    throw UsageError(fmt::format(
        "{}: /on_nginx_change: root would run it, and others may write this file: chown it to root and chmod "
        "go-w, or give the command as a flag",
        path->string()));
  }
  return configuration;
}

/// All that a verb needs to know.
struct Project {
  Resolved settings;
  Deployment deployment;
};

Resolved settings_of(const CommandLine& line, const Configuration& configuration) {
  const auto values = overlay(line.values, overlay(values_of_environment(variable), configuration.values));
  return resolve(values, {::geteuid(), fs::current_path().string(), variable, posix::usable_processors(),
                          posix::memory_limit()});
}

std::string functions_folder(const CommandLine& line) {
  return (line.functions_build ? fs::absolute(*line.functions_build) : own_home() / "functions").string();
}

// The folder public/ stands beside that of the functions; in a build folder it is a link to the project's own.
std::string public_folder(const CommandLine& line) {
  std::error_code missing;
  const auto folder = fs::canonical(fs::path(functions_folder(line)).parent_path() / "public", missing);
  return missing || !fs::is_directory(folder) ? "" : folder.string();
}

Project read_project(const CommandLine& line) {
  const auto configuration = read_configuration(line);
  Project project;
  project.settings = settings_of(line, configuration);
  refuse_vain_flags(line.values, project.settings);
  project.deployment = deploy(read_functions(functions_folder(line)), configuration, project.settings);
  return project;
}

// As it stands in the files now, served with the settings of the start.
Deployment read_deployment(const CommandLine& line, const Resolved& settings) {
  return deploy(read_functions(functions_folder(line)), read_configuration(line), settings);
}

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

int serve_project(const CommandLine& line, const Project& project) {
  auto source = source_of(line, project);
  // The first time what has been read already, then what stands in the files. The project's own settings stay.
  bool is_fresh = true;
  source.read = [&] {
    return std::exchange(is_fresh, false) ? project.deployment : read_deployment(line, project.settings);
  };
  return serve(source, supervisor_settings(line, project));
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
    return deploy_partly_built(built, errors, read_configuration(line), project.settings);
  };
  source.on_built = [&](BuildErrors of_build) { errors = std::move(of_build); };
  auto settings = supervisor_settings(line, project);
  settings.development = development_settings(folder);
  return serve(source, settings);
}

std::string routes_table(const Deployment& deployment) {
  const auto access_of = [](const DeployedFunction& function) {
    return function.manifest.access ? function.manifest.access->in_words() : "";
  };
  std::size_t methods_width = 0;
  std::size_t path_width = 0;
  std::size_t access_width = 0;
  for (const auto& function : deployment.functions) {
    const auto methods = comma_list(function.manifest.methods);
    methods_width = std::max(methods_width, methods.size());
    path_width = std::max(path_width, function.route.pattern().size());
    access_width = std::max(access_width, access_of(function).size());
  }
  std::string table;
  for (const auto& function : deployment.functions) {
    table += fmt::format("{:<{}}  {:<{}}  ", comma_list(function.manifest.methods), methods_width,
                         function.route.pattern(), path_width);
    if (access_width != 0) table += fmt::format("{:<{}}  ", access_of(function), access_width);
    table += function.manifest.file + "\n";
  }
  return table;
}

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw Failure("cannot write to standard output");
  }
}

// What clients of the older document meet now; 1 where that is anything.
int print_breaking_changes(const std::string& older_file, const std::string& document) {
  std::ifstream in(older_file, std::ios::binary);
  const auto older = nlohmann::json::parse(in, nullptr, false);
  if (!in.is_open() || older.is_discarded() || !older.is_object() || !older.contains("openapi") ||
      !older.contains("paths") || !older.at("paths").is_object())
    throw UsageError(fmt::format("--diff: {} is no OpenAPI document that can be read", older_file));
  const auto changes = openapi::breaking_changes(older, nlohmann::json::parse(document));
  std::string text;
  for (const auto& change : changes) text += change.text() + "\n";
  print(text);
  return changes.empty() ? 0 : 1;
}

// Becomes the worker of the function that the file names, or a debugger of it.
[[noreturn]] void replay(const CommandLine& line, const Resolved& settings) {
  std::ifstream in(line.crash_file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) throw Failure(fmt::format("cannot read {}", line.crash_file));
  std::string name;
  try {
    name = parse_crash_file(text).function;
  } catch (const std::invalid_argument& error) {
    throw Failure(fmt::format("{}: {}", line.crash_file, error.what()));
  }
  const auto functions = read_functions(functions_folder(line));
  const auto is_it = [&](const BuiltFunction& function) { return function.manifest.name == name; };
  const auto found = std::find_if(functions.begin(), functions.end(), is_it);
  if (found == functions.end())
    throw Failure(fmt::format("{}: there is no function {} any more", line.crash_file, name));
  ::setenv("STILE_STATE_DIR", settings.state_directory.c_str(), 0);
  ::setenv("STILE_SECRETS_DIR", settings.secrets_directory.c_str(), 0);
  ::setenv("STILE_KEYS_FILE", settings.keys_file.c_str(), 0);
  if (const auto rules = token_rules_of(read_configuration(line)); !rules.empty())
    ::setenv("STILE_JWT", rules.c_str(), 0);
  std::vector<std::string> words;
  if (line.debug) words = {"gdb", "--quiet", "--args"};
  words.insert(words.end(), {found->executable, "--prefix", settings.prefix, "--replay",
                             fs::absolute(line.crash_file).string()});
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  throw Failure(line.debug && errno == ENOENT
                    ? std::string("gdb is not installed: apt-get install gdb")
                    : fmt::format("cannot start {}: {}", words.front(), std::strerror(errno)));
}

// What is asked of the server that runs, and not of the project: it may be another build of it that is served.
bool ask_running_server(const CommandLine& line) {
  using namespace std::chrono_literals;
  const auto run_directory = [&] { return settings_of(line, read_configuration(line)).run_directory; };
  constexpr auto change_patience =
      10min;  // a start that hangs has its own, shorter deadline for each function
  switch (line.verb) {
    case Verb::reload:
      print(ask_server(run_directory(), "reload", change_patience).at("message").get<std::string>() + "\n");
      return true;
    case Verb::rollback:
      print(ask_server(run_directory(), "rollback " + line.function, change_patience)
                .at("message")
                .get<std::string>() +
            "\n");
      return true;
    case Verb::cache:
      print(ask_server(run_directory(), "clear-cache " + line.function, change_patience)
                .at("message")
                .get<std::string>() +
            "\n");
      return true;
    case Verb::status:
      show_status(
          run_directory(),
          line.once || line.as_json || ::isatty(STDOUT_FILENO) == 0 ? Repeat::once : Repeat::each_second,
          line.as_json ? StatusForm::json : StatusForm::table);
      return true;
    case Verb::replay:
      replay(line, settings_of(line, read_configuration(line)));
    case Verb::logs:
      show_logs(run_directory(), line.function, line.follow ? Follow::yes : Follow::no);
      return true;
    default:
      return false;
  }
}

int run_verb(const CommandLine& line) {
  if (ask_running_server(line)) return 0;
  if (line.verb ==
      Verb::health) {  // of the server, not of the project: it may be another build of it that is served
    const auto settings = settings_of(line, read_configuration(line));
    if (!settings.own_nginx) throw UsageError("health asks Stile's own nginx: with --no-nginx there is none");
    check_health(settings.run_directory + "/" + health_socket);
    return 0;
  }
  if (line.verb == Verb::keys) {
    run_keys(line.keys, settings_of(line, read_configuration(line)));
    return 0;
  }
  if (line.verb == Verb::dev) return develop_project(line);
  const Project project = read_project(line);
  switch (line.verb) {
    case Verb::serve:
      return serve_project(line, project);
    case Verb::nginx:
      if (!project.settings.own_nginx) {
        const auto parts = gateway_parts(project);
        print(parts.http + "\n" + parts.server + "\n" + parts.docs);
        return 0;
      }
      if (project.settings.port == 0)
        throw UsageError("--port: 0 is any free port, known only once serving: name one");
      print(gateway_text(line, project, project.settings.port));
      return 0;
    case Verb::routes:
      print(routes_table(project.deployment));
      return 0;
    case Verb::openapi:
      if (!line.older.empty()) return print_breaking_changes(line.older, api_document(project.deployment));
      print(api_document(project.deployment));
      return 0;
    default:  // done above
      break;
  }
  return 0;
}

// One line, whatever the message holds.
int fail(const char* what, int code) noexcept {
  std::string line = what;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::fprintf(stderr, "stile: %s\n", line.c_str());
  return code;
}

}  // namespace

int run(int count, const char* const* arguments) noexcept {
  try {
    const auto parsed = parse_command_line(count, arguments);
    if (const auto* text = std::get_if<Text>(&parsed)) {
      print(text->text);
      return 0;
    }
    return run_verb(std::get<CommandLine>(parsed));
  } catch (const UsageError& error) {
    return fail(error.what(), 2);
  } catch (const std::exception& error) {  // Failure, and what the system refuses
    return fail(error.what(), 1);
  }
}

}  // namespace stile::cli
