// README and docs against what stands: snippets (compiled by the build, see CMakeLists.txt), commands,
// settings, links, packages.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mp11/algorithm.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/configuration.hpp"
#include "cli/project.hpp"
#include "cli/settings.hpp"
#include "endpoint/effective_settings.hpp"
#include "support/debian_nginx.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/snippets.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile;
using stile::test::blocks;
using stile::test::read_file;
using stile::test::replaced;

namespace {

const fs::path root = STILE_SOURCE_DIR;

std::string readme() { return read_file((root / "README.md").string()); }

struct Command {
  std::string text;
  std::string output;  // as the document shows it
};

std::vector<Command> commands(const std::string& text) {
  std::vector<Command> found;
  for (const auto& block : blocks(text, "console")) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("$ ")) {
        found.push_back({line.substr(2), {}});
      } else {
        REQUIRE_FALSE(found.empty());
        found.back().output += line + "\n";
      }
    }
  }
  return found;
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern, std::regex::multiline);
  return {std::sregex_token_iterator(text.begin(), text.end(), expression, 1), {}};
}

// The cells of the row of README's table that begins with `name`.
std::vector<std::string> settings_row(const std::string& name) {
  std::istringstream lines(readme());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `" + name + "` |")) continue;
    static const std::regex separator(R"(\s*\|\s*)");
    return {std::sregex_token_iterator(line.begin(), line.end(), separator, -1), {}};
  }
  FAIL("README.md's table lacks " << name);
  return {};
}

constexpr auto own_nginx = "http://127.0.0.1/";  // as the README names one that is the machine's

void check_command(const Command& command, const std::string& shown, const std::string& real) {
  const auto text = replaced(command.text, shown, real);
  const auto outcome = stile::test::run({"bash", "-c", text});
  INFO(text << "\n" << outcome.err);
  CHECK(outcome.exit.clean());
  CHECK(trimmed(outcome.out) == trimmed(command.output));
}

// The words of "./stile VERB ...", as a shell splits them, without the first.
std::vector<std::string> stile_words(const Command& command) {
  const auto split = stile::test::run({"bash", "-c", "printf '%s\\n' " + command.text});
  std::istringstream lines(split.out);
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  REQUIRE(words.size() >= 2);
  return {words.begin() + 1, words.end()};
}

}  // namespace

TEST_CASE("The README's commands do what it shows, on its own snippets") {
  const stile::test::ServedProject served({.arguments = {"--functions-build", STILE_README_FUNCTIONS}});
  std::size_t run_commands = 0;
  for (const auto& command : commands(readme())) {
    if (command.text.starts_with("./stile ") || command.text.find(own_nginx) != std::string::npos) continue;
    check_command(command, "http://127.0.0.1:8080", served.url(""));
    ++run_commands;
  }
  CHECK(run_commands >= 4);
}

TEST_CASE("With the README's lines Debian's nginx serves the functions beside its site") {
  stile::test::ServedOptions options{.arguments = {"--functions-build", STILE_README_FUNCTIONS}};
  options.own_nginx = false;
  for (const auto& command : commands(readme())) {
    if (!command.text.starts_with("./stile ") || command.text.find("--no-nginx") == std::string::npos)
      continue;
    for (const auto& word : stile_words(command)) {
      if (word == "serve" || word == "--no-nginx") continue;
      // Not the nginx of the machine that the tests run on.
      options.arguments.push_back(word == "systemctl reload nginx" ? "echo told to reload" : word);
    }
  }
  REQUIRE(options.arguments.size() == 6);
  if (::geteuid() != 0) {  // who gives the sockets to a group has to be in it
    options.arguments.erase(options.arguments.begin() + 2, options.arguments.begin() + 4);
  }
  const stile::test::ServedProject served(options);
  served.wait_for_log("told to reload");

  const auto lines = blocks(readme(), "nginx");
  REQUIRE(lines.size() == 2);
  cli::Values values;
  values.nginx = "off";
  cli::Caller root_user;
  root_user.folder = "/";
  const auto folder = cli::resolve(values, root_user).nginx_files;
  const auto here = [&](const std::string& line) {
    CHECK_THAT(line, Catch::StartsWith("include " + folder + "/"));
    return replaced(line, folder, served.run_directory() + "/nginx");
  };
  const stile::test::DebianNginx nginx({.http = here(lines[0]), .server = here(lines[1])});
  std::size_t run_commands = 0;
  for (const auto& command : commands(readme())) {
    if (command.text.find(own_nginx) == std::string::npos) continue;
    check_command(command, own_nginx, nginx.url("/"));
    ++run_commands;
  }
  CHECK(run_commands >= 1);
  CHECK(stile::test::HttpClient().get(nginx.url("/")).header("X-Site") == "mine");
}

TEST_CASE("The README's ./stile commands are verbs of the script") {
  const auto usage = stile::test::run({(root / "stile").string(), "help"}).out;
  std::set<std::string> verbs;
  for (const auto& command : commands(readme())) {
    if (!command.text.starts_with("./stile ")) continue;
    const auto words = stile_words(command);
    verbs.insert(words.front());
    for (const auto& word : words) {
      const auto is_flag = [&](const cli::Setting& setting) {
        return word == setting.flag() ||
               (setting.form == cli::Setting::Form::choice && word == setting.off_flag());
      };
      INFO(word);
      if (word.starts_with("--"))
        CHECK(std::any_of(cli::all_settings().begin(), cli::all_settings().end(), is_flag));
    }
  }
  CHECK(verbs == std::set<std::string>{"serve", "test", "dev", "reload", "status"});
  for (const auto& verb : verbs) CHECK_THAT(usage, Catch::Contains("\n  " + verb));
}

TEST_CASE("The README's stile.json is one, for the functions that come with it") {
  const auto examples = blocks(readme(), "json");
  REQUIRE_FALSE(examples.empty());
  const auto functions = cli::read_functions(STILE_BINARY_DIR "/functions");
  for (const auto& example : examples) {
    INFO(example);
    const auto configuration = cli::parse_configuration(example, "README.md");
    CHECK_NOTHROW(cli::deploy(functions, configuration, {}));
  }
}

TEST_CASE("The README's table has a function's settings in the order in which C++ wants them") {
  std::vector<std::string> declared;
  boost::mp11::mp_for_each<SettingsMembers>([&](auto member) { declared.emplace_back(member.name); });
  std::vector<std::string> listed;
  std::istringstream lines(readme());
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find("` |", 3);
    if (!line.starts_with("| `") || end == std::string::npos) continue;
    auto name = line.substr(3, end - 3);
    if (std::find(declared.begin(), declared.end(), name) != declared.end())
      listed.push_back(std::move(name));
  }
  CHECK(listed == declared);
}

TEST_CASE("The README's table has every setting, with the defaults that the code has") {
  for (const auto& setting : cli::all_settings()) CHECK(settings_row(std::string(setting.key)).size() == 6);
  constexpr std::size_t unit = 2;
  constexpr std::size_t value = 3;
  const ResolvedLimits defaults;
  CHECK(settings_row("timeout").at(value) == fmt::format("{} s", defaults.timeout.count() / 1000));
  CHECK(settings_row("concurrency").at(value) ==
        fmt::format("{} a processor", cli::concurrency_per_processor));
  CHECK(settings_row("max_body").at(value) == fmt::format("{} MiB", defaults.max_body >> 20U));
  CHECK(settings_row("instances").at(value) == fmt::format("{}", defaults.instances));
  CHECK(settings_row("queue").at(value) == fmt::format("{}", defaults.queue));
  CHECK(settings_row("port").at(value) == "8080");
  CHECK(settings_row("bind").at(value) == "127.0.0.1");
  CHECK(settings_row("prefix").at(value) == "`/api`");
  CHECK_THAT(settings_row("timeout").at(unit), Catch::Contains("ms"));
}

TEST_CASE("Every link of the documents leads to a file") {
  std::vector<fs::path> documents{root / "README.md", root / "CHANGELOG.md", root / "SECURITY.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") documents.push_back(entry.path());
  }
  for (const auto& document : documents) {
    for (const auto& link : matches(read_file(document.string()), R"(\]\(([^)#]+)[^)]*\))")) {
      if (link.starts_with("http")) continue;
      INFO(document.string() << " -> " << link);
      CHECK(fs::exists(document.parent_path() / link));
    }
  }
}

TEST_CASE("docs/reliability.md names tests that there are, and every test of a fault") {
  const auto document = read_file((root / "docs/reliability.md").string());
  const auto named = matches(document, R"('faults:([^']+)')");
  CHECK(named.size() > 20);
  std::set<std::string> tests;
  for (const auto& entry : fs::directory_iterator(root / "tests/faults")) {
    if (entry.path().extension() != ".cpp") continue;
    auto source = std::regex_replace(read_file(entry.path().string()), std::regex(R"("\s*\n\s*")"), "");
    tests.merge(matches(source, R"x(TEST_CASE\(\s*"([^"]+)")x"));
  }
  CHECK(tests.size() > 20);
  const auto begins = [](const std::string& test, const std::string& name) { return test.starts_with(name); };
  for (const auto& name : named) {
    INFO(name);
    CHECK(std::any_of(tests.begin(), tests.end(), [&](const auto& test) { return begins(test, name); }));
  }
  for (const auto& test : tests) {
    INFO(test);
    CHECK(std::any_of(named.begin(), named.end(), [&](const auto& name) { return begins(test, name); }));
  }
}

TEST_CASE("docs/dependencies.md lists the packages that the script installs") {
  const auto script = read_file((root / "stile").string());
  std::set<std::string> installed;
  for (const auto& list : matches(script, R"(^[a-z]+_packages=\(([^)]*)\))")) {
    std::istringstream names(list);
    for (std::string name; names >> name;) installed.insert(name);
  }
  CHECK(installed.size() > 10);
  CHECK(matches(read_file((root / "docs/dependencies.md").string()), R"(^\| `([^`]+)` \|)") == installed);
}

TEST_CASE("docs/dependencies.md lists what comes from npm, whose lock files name hashes and no registry") {
  std::set<std::string> named;
  for (const auto& list :
       matches(read_file((root / "docs/dependencies.md").string()), R"(^- ((?:`[^`]+`(?:, )?)+):)")) {
    for (const auto& name : matches(list, "`([^`]+)`")) named.insert(name);
  }
  std::set<std::string> wanted;
  for (const std::string folder : {"web", "tests/web"}) {
    const auto package = nlohmann::json::parse(read_file((root / folder / "package.json").string()));
    for (const char* kind : {"dependencies", "devDependencies"}) {
      if (!package.contains(kind)) continue;
      for (const auto& [name, version] : package.at(kind).items()) {
        wanted.insert(name);
        INFO(name);
        CHECK(std::regex_match(version.get<std::string>(), std::regex(R"([0-9]+(\.[0-9]+)+)")));
      }
    }
    const auto lock = nlohmann::json::parse(read_file((root / folder / "package-lock.json").string()));
    for (const auto& [path, entry] : lock.at("packages").items()) {
      INFO(folder << ": " << path);
      CHECK_FALSE(entry.contains("resolved"));
      CHECK((path.empty() || entry.contains("integrity")));
    }
  }
  CHECK(wanted.size() >= 9);
  CHECK(named == wanted);
}
