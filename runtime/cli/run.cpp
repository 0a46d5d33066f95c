#include "cli/run.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "cli/command_line.hpp"
#include "cli/control_client.hpp"
#include "cli/health.hpp"
#include "cli/keys.hpp"
#include "cli/location.hpp"
#include "cli/logs.hpp"
#include "cli/project.hpp"
#include "cli/replay.hpp"
#include "cli/served_files.hpp"
#include "cli/serving.hpp"
#include "cli/status.hpp"
#include "cli/usage_error.hpp"
#include "gateway/nginx_configuration.hpp"
#include "manifest/text.hpp"
#include "openapi/diff.hpp"
#include "posix/failure.hpp"
#include "supervisor/supervisor.hpp"

namespace stile::cli {
namespace {

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

void ask_health(const Resolved& settings) {
  if (!settings.own_nginx) throw UsageError("health asks Stile's own nginx: with --no-nginx there is none");
  check_health(settings.run_directory + "/" + health_socket);
}

// What does not need the project's functions: where a server runs it may be another build of them that it serves.
bool run_without_project(const CommandLine& line) {
  using namespace std::chrono_literals;
  const auto settings = [&] { return settings_of(line, read_configuration(line)); };
  const auto tell = [&](const std::string& order) {
    // A start that hangs has its own, shorter deadline for each function.
    print(ask_server(settings().run_directory, order, 10min).at("message").get<std::string>() + "\n");
  };
  switch (line.verb) {
    case Verb::reload:
      tell("reload");
      return true;
    case Verb::rollback:
      tell("rollback " + line.function);
      return true;
    case Verb::cache:
      tell("clear-cache " + line.function);
      return true;
    case Verb::status:
      show_status(
          settings().run_directory,
          line.once || line.as_json || ::isatty(STDOUT_FILENO) == 0 ? Repeat::once : Repeat::each_second,
          line.as_json ? StatusForm::json : StatusForm::table);
      return true;
    case Verb::health:
      ask_health(settings());
      return true;
    case Verb::keys:
      run_keys(line.keys, settings());
      return true;
    case Verb::replay:
      replay(line);
    case Verb::logs:
      show_logs(settings().run_directory, line.function, line.follow ? Follow::yes : Follow::no);
      return true;
    default:
      return false;
  }
}

int run_verb(const CommandLine& line) {
  if (run_without_project(line)) return 0;
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
