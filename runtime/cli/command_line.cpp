#include "cli/command_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "cli/usage_error.hpp"

namespace stile::cli {
namespace {

// Which settings mean something to a verb.
enum class Reads : std::uint8_t { all, directories };

struct VerbName {
  Verb verb;
  const char* name;
  const char* help;
  Reads reads;
};

constexpr VerbName verbs[] = {
    {Verb::serve, "serve", "serve the functions behind nginx until SIGTERM or Ctrl-C", Reads::all},
    {Verb::dev, "dev", "serve, and build and serve anew what changes in functions/", Reads::all},
    {Verb::nginx, "nginx", "print the nginx configuration that serve would write", Reads::all},
    {Verb::routes, "routes", "print the endpoints: methods, path, file", Reads::all},
    {Verb::health, "health",
     "ask the server of this run directory whether it is ready: exit code 0 where it is", Reads::all},
    {Verb::status, "status", "show how the functions of the server that runs do", Reads::directories},
    {Verb::reload, "reload", "let the server that runs serve what was rebuilt, added or removed",
     Reads::directories},
    {Verb::rollback, "rollback", "let the server that runs serve the build of a function before this one",
     Reads::directories},
    {Verb::logs, "logs", "print what the server that runs, or ran last, has logged", Reads::directories},
    {Verb::replay, "replay", "run a request that crashed a function once more, here", Reads::directories},
};

bool reads(const VerbName& verb, const Setting& setting) {
  return verb.reads == Reads::all || setting.key == "run_dir" ||
         (verb.verb == Verb::replay && (setting.key == "state_dir" || setting.key == "user"));
}

// All that serve and its like know, so that `nginx` prints what `serve` would run with.
void add_flags(CLI::App& app, const VerbName& verb, CommandLine& line) {
  for (const auto& setting : all_settings()) {
    if (!reads(verb, setting)) continue;
    const std::string flag = setting.flag();
    if (setting.form == Setting::Form::choice) {
      auto& value = line.values.*setting.value;
      app.add_flag_callback(
          flag, [&value] { value = "on"; }, std::string(setting.help));
      app.add_flag_callback(setting.off_flag(), [&value] { value = "off"; });
      continue;
    }
    app.add_option(flag, line.values.*setting.value, std::string(setting.help))
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
  app.add_option("--config", line.config_file, "file to use as stile.json")->type_name("");
  if (verb.reads != Reads::all && verb.verb != Verb::replay) return;
  app.add_option("--functions-build", line.functions_build,
                 "folder of the compiled functions (default: functions beside this program's own folder)")
      ->type_name("");
}

// What is one verb's alone.
void add_own_words(CLI::App& app, Verb verb, CommandLine& line) {
  switch (verb) {
    case Verb::status:
      app.add_flag("--json", line.json, "print it once, as JSON");
      app.add_flag("--once", line.once, "print it once (the default where standard output is no terminal)");
      break;
    case Verb::logs:
      app.add_option("FUNCTION", line.subject, "its lines alone; nginx and stile have some too")
          ->type_name("");
      app.add_flag("-f,--follow", line.follow, "go on with what is logged from now on");
      break;
    case Verb::rollback:
      app.add_option("FUNCTION", line.subject, "its file's name without functions/ and .cpp")
          ->type_name("")
          ->required();
      break;
    case Verb::replay:
      app.add_option("FILE", line.subject, "the file that the log has named")->type_name("")->required();
      app.add_flag("--debug", line.debug, "under gdb");
      break;
    default:
      break;
  }
}

std::string list_of_verbs() {
  std::string list;
  for (const auto& verb : verbs)
    list += fmt::format("{}{}",
                        &verb == std::begin(verbs)     ? ""
                        : &verb == std::end(verbs) - 1 ? " or "
                                                       : ", ",
                        verb.name);
  return list;
}

// Says the first word that means nothing.
std::string not_expected(const CLI::App& app) {
  const auto* const verb = app.get_subcommands().front();
  auto words = verb->remaining();
  if (words.empty()) words = app.remaining();
  const auto flag =
      std::find_if(words.begin(), words.end(), [](const auto& word) { return word.starts_with('-'); });
  return fmt::format("{0} takes no '{1}' (./stile {0} --help lists what it takes)", verb->get_name(),
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
    add_flags(*command, verb, line);
    add_own_words(*command, verb.verb, line);
    command->callback([&line, &verb] { line.verb = verb.verb; });
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    return Text{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Text{std::string(version.what()) + "\n"};
  } catch (const CLI::RequiredError& error) {  // a verb, or what it is to do it with
    if (const auto chosen = app.get_subcommands(); !chosen.empty()) {
      const std::string text = error.what();  // "FILE is required"
      throw UsageError(
          fmt::format("{}: {} is missing", chosen.front()->get_name(), text.substr(0, text.find(' '))));
    }
    const auto others = app.remaining();
    const auto what = others.empty() ? std::string("a verb is missing")
                                     : fmt::format("there is no verb '{}'", others.front());
    throw UsageError(fmt::format("{}: say {} (stile --help tells more)", what, list_of_verbs()));
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
