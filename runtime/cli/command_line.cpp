#include "cli/command_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
    {Verb::dev, "dev", "serve on loopback, and build and serve anew what is saved in functions/"},
    {Verb::nginx, "nginx", "print the nginx configuration that serve would write"},
    {Verb::routes, "routes", "print the endpoints: methods, path, file"},
    {Verb::openapi, "openapi", "print the OpenAPI document, or (--diff OLD.json) what in it breaks clients"},
    {Verb::health, "health",
     "ask the server of this run directory whether it is ready: exit code 0 where it is"},
    {Verb::reload, "reload", "let the server take up what was built again, added, removed or set otherwise"},
    {Verb::rollback, "rollback", "let the server put the build of a function back that it served before"},
    {Verb::cache, "cache",
     "clear: let the server forget the answers that it has kept, of one function or of all"},
    {Verb::status, "status",
     "show what the server's functions do: each second, or once where that is no terminal"},
    {Verb::replay, "replay", "run the request that ended a worker again, here (--debug: under gdb)"},
    {Verb::keys, "keys", "make, list and revoke API keys"},
    {Verb::logs, "logs", "print the last lines of the server's log, of one function or of all"},
};

// Every verb reads the same settings, so that `nginx` prints what `serve` would run with.
void add_flags(CLI::App& verb, CommandLine& line) {
  for (const auto& setting : all_settings()) {
    const std::string flag = setting.flag();
    if (setting.form == Setting::Form::choice) {
      auto& value = line.values.*setting.value;
      verb.add_flag_callback(
          flag, [&value] { value = "on"; }, std::string(setting.help));
      verb.add_flag_callback(setting.off_flag(), [&value] { value = "off"; });
      continue;
    }
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

void add_own_flags(CLI::App& verb, Verb what, CommandLine& line) {
  switch (what) {
    case Verb::rollback:
      verb.add_option("function", line.function, "its file's name without functions/ and .cpp")
          ->type_name("")
          ->required();
      return;
    case Verb::cache:
      verb.add_option("action", line.cache_action, "clear")
          ->type_name("")
          ->required()
          ->check([](const std::string& text) {
            return text == "clear" ? std::string()
                                   : fmt::format("cache knows no '{}': stile cache clear [FUNCTION]", text);
          });
      verb.add_option("function", line.function, "its file's name without functions/ and .cpp; none: all")
          ->type_name("");
      return;
    case Verb::replay:
      verb.add_option("file", line.crash_file, "what the log names: RUN_DIR/crashes/...json")
          ->type_name("")
          ->required();
      verb.add_flag("--debug", line.debug, "under gdb");
      return;
    case Verb::openapi:
      verb.add_option("--diff", line.older,
                      "a document of before: say what breaks its clients, and exit with 1")
          ->type_name("");
      return;
    case Verb::status:
      verb.add_flag("--json", line.as_json, "as one JSON object, once");
      verb.add_flag("--once", line.once, "once, on a terminal too");
      return;
    case Verb::logs:
      verb.add_option("function", line.function, "its file's name without functions/ and .cpp")
          ->type_name("");
      verb.add_flag("-f,--follow", line.follow, "go on with what is written from now on");
      return;
    default:
      return;
  }
}

// The actions of keys are verbs of their own: all settings stand behind them, as elsewhere.
void add_actions_of_keys(CLI::App& verb, CommandLine& line) {
  verb.require_subcommand(1);
  auto& keys = line.keys;
  const auto action = [&](const char* name, const char* help, KeysCommand::Action what) {
    auto* const command = verb.add_subcommand(name, help);
    command->callback([&keys, what] { keys.action = what; });
    add_flags(*command, line);
    return command;
  };
  auto* const add =
      action("add", "make a key, and print it: it is shown this once", KeysCommand::Action::add);
  add->add_option("name", keys.name, "whose it is")->type_name("")->required();
  add->add_option("--scope", keys.scopes, "what it may do; may stand several times")
      ->type_name("")
      ->allow_extra_args(false);
  add->add_option("--role", keys.roles, "what it is; may stand several times")
      ->type_name("")
      ->allow_extra_args(false);
  add->add_option("--expires", keys.expires, "how long it holds: 90d, 12h (default: until it is revoked)")
      ->type_name("");
  auto* const list = action("list", "print the keys, without their secrets", KeysCommand::Action::list);
  list->add_flag("--json", keys.as_json, "as one JSON object");
  auto* const revoke = action("revoke", "take a key back: within a second nobody is let in with it",
                              KeysCommand::Action::revoke);
  revoke->add_option("key", keys.name, "its id or name")->type_name("")->required();
}

// The verb that was given, or what it is to do: "keys add".
const CLI::App* innermost(const CLI::App& app) {
  const auto* verb = app.get_subcommands().front();
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
  return verb;
}

std::string what_is_missing(const CLI::App& app) {
  const auto name = innermost(app)->get_name();
  if (name == "keys")
    return "keys needs to know what to do: stile keys add NAME, stile keys list, or stile keys revoke NAME";
  if (name == "add") return "a key needs a name: stile keys add NAME";
  if (name == "revoke") return "which key is to be revoked? stile keys revoke NAME, or its id";
  if (name == "cache") return "cache needs to be told what: stile cache clear [FUNCTION]";
  if (name == "replay") return "replay needs a file, which the log names: stile replay FILE";
  return "rollback needs the name of a function: stile rollback hello";
}

// Says the first word that means nothing.
std::string not_expected(const CLI::App& app) {
  const auto* const verb = innermost(app);
  auto words = verb->remaining();
  if (words.empty()) words = app.remaining();
  const auto flag =
      std::find_if(words.begin(), words.end(), [](const auto& word) { return word.starts_with('-'); });
  const auto* const outer = app.get_subcommands().front();
  const auto name = (outer == verb ? "" : outer->get_name() + " ") + verb->get_name();
  return fmt::format("{0} takes no '{1}' (./stile {0} --help lists what it takes)", name,
                     flag == words.end() ? words.front() : *flag);
}

}  // namespace

std::variant<CommandLine, Text> parse_command_line(int count, const char* const* arguments) {
  CommandLine line;
  CLI::App app{"Serves the functions of a Stile project behind nginx.", "stile"};
  app.set_version_flag("--version", "stile " STILE_VERSION);
  app.require_subcommand(1);
  for (const auto& verb : verbs) {
    auto* command = app.add_subcommand(verb.name, verb.help);
    if (verb.verb == Verb::keys) {
      add_actions_of_keys(*command, line);
    } else {
      add_flags(*command, line);
      add_own_flags(*command, verb.verb, line);
    }
    command->callback([&line, &verb] { line.verb = verb.verb; });
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    return Text{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Text{std::string(version.what()) + "\n"};
  } catch (const CLI::RequiredError&) {  // a verb, or what rollback, cache, keys and replay need
    if (!app.get_subcommands().empty()) throw UsageError(what_is_missing(app));
    const auto others = app.remaining();
    const auto what = others.empty() ? std::string("a verb is missing")
                                     : fmt::format("there is no verb '{}'", others.front());
    throw UsageError(fmt::format("{}: stile --help lists those that there are", what));
  } catch (const CLI::ExtrasError&) {
    throw UsageError(not_expected(app));
  } catch (const CLI::ArgumentMismatch& error) {  // "--port: 1 required TEXT missing"
    const std::string text = error.what();
    throw UsageError(fmt::format("{} needs a value", text.substr(0, text.find(':'))));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{} (stile --help tells more)", error.what()));
  }
  return line;
}

}  // namespace stile::cli
