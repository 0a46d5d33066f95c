#include "cli/command_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <utility>

#include "cli/usage_error.hpp"

namespace stile::cli {
namespace {

struct VerbName {
  Verb verb;
  const char* name;
  const char* help;
};

constexpr VerbName verbs[] = {
    {Verb::serve, "serve", "serve the functions behind nginx until SIGTERM or Ctrl-C"},
    {Verb::nginx, "nginx", "print the nginx configuration that serve would write"},
    {Verb::routes, "routes", "print the endpoints: methods, path, file"},
};

// Every verb reads the same settings, so that `nginx` prints what `serve` would run with.
void add_flags(CLI::App& verb, CommandLine& line) {
  for (const auto& setting : all_settings()) {
    const std::string flag = setting.flag();
    verb.add_option(flag, line.values.*setting.value, std::string(setting.help))
        ->type_name("")
        ->check([&setting](const std::string& text) {
          try {
            setting.check(text);
            return std::string{};
          } catch (const std::invalid_argument& error) {
            return std::string(error.what());
          }
        });
  }
  verb.add_option("--config", line.config_file, "file to use as stile.json")->type_name("");
  verb.add_option("--functions-build", line.functions_build,
                  "folder of the compiled functions (default: functions beside this program's own folder)")
      ->type_name("");
}

}  // namespace

std::variant<CommandLine, Text> parse_command_line(int count, const char* const* arguments) {
  CommandLine line;
  CLI::App app{"Serves the functions of a Stile project behind nginx.", "stile"};
  app.set_version_flag("--version", "stile " STILE_VERSION);
  app.require_subcommand(1);
  for (const auto& verb : verbs) {
    auto* command = app.add_subcommand(verb.name, verb.help);
    add_flags(*command, line);
    command->callback([&line, &verb] { line.verb = verb.verb; });
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    return Text{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Text{std::string(version.what()) + "\n"};
  } catch (const CLI::RequiredError&) {  // the only thing that is: a verb
    const auto others = app.remaining();
    const auto what = others.empty() ? std::string("a verb is missing")
                                     : fmt::format("there is no verb '{}'", others.front());
    throw UsageError(fmt::format("{}: say serve, nginx or routes (stile --help tells more)", what));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{} (stile --help tells more)", error.what()));
  }
  return line;
}

}  // namespace stile::cli
