#include "cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "cli/usage_error.hpp"

using namespace stile::cli;

namespace {

std::variant<CommandLine, Text> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "stile");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

CommandLine line(std::vector<const char*> arguments) {
  return std::get<CommandLine>(parse(std::move(arguments)));
}

}  // namespace

TEST_CASE("Every verb is known by its name") {
  CHECK(line({"serve"}).verb == Verb::serve);
  CHECK(line({"nginx"}).verb == Verb::nginx);
  CHECK(line({"routes"}).verb == Verb::routes);
  CHECK(line({"dev"}).verb == Verb::dev);
}

TEST_CASE("Verbs that ask a server have words of their own") {
  CHECK(line({"reload"}).verb == Verb::reload);
  CHECK(line({"rollback", "notes/{id}"}).function == "notes/{id}");
  CHECK_THROWS_WITH(parse({"rollback"}), Catch::Contains("name of a function"));
  CHECK_FALSE(line({"status"}).once);
  CHECK(line({"status", "--json"}).as_json);
  CHECK(line({"status", "--once"}).once);
  CHECK(line({"logs"}).function.empty());
  CHECK(line({"logs", "hello", "-f"}).follow);
  CHECK(line({"logs", "hello", "-f"}).function == "hello");
  CHECK(line({"replay", "x.json", "--debug", "--functions-build", "x"}).debug);
  CHECK(line({"replay", "x.json"}).crash_file == "x.json");
  CHECK_THROWS_WITH(parse({"replay"}), Catch::Contains("needs a file"));
  CHECK(line({"cache", "clear"}).verb == Verb::cache);
  CHECK(line({"cache", "clear"}).function.empty());
  CHECK(line({"cache", "clear", "notes/{id}"}).function == "notes/{id}");
  CHECK_THROWS_WITH(parse({"cache"}), Catch::Contains("stile cache clear [FUNCTION]"));
  CHECK_THROWS_WITH(parse({"cache", "burn"}), Catch::Contains("cache knows no 'burn'"));
  CHECK_THROWS_AS(parse({"serve", "--json"}), UsageError);
}

TEST_CASE("Every setting is a flag of every verb") {
  for (const char* verb : {"serve", "dev", "nginx", "routes", "health"}) {
    for (const auto& setting : all_settings()) {
      if (setting.form == Setting::Form::choice) {
        CHECK(line({verb, setting.flag().c_str()}).values.*setting.value == "on");
        CHECK(line({verb, setting.off_flag().c_str()}).values.*setting.value == "off");
        continue;
      }
      INFO(verb << " " << setting.flag());
      const bool is_time = setting.key.starts_with("drain_");
      const std::string text = setting.key == "prefix"                                     ? "/v1"
                               : setting.key == "bind" || setting.key == "trusted_proxies" ? "::1"
                               : setting.key == "rate"                                     ? "7/s"
                               : setting.key == "cache_size"                               ? "7MB"
                               : is_time                                                   ? "7s"
                                                                                           : "7";
      const auto parsed = line({verb, setting.flag().c_str(), text.c_str()});
      CHECK(parsed.values.*setting.value == text);
    }
  }
}

TEST_CASE("What no flag says stays unset") {
  const auto parsed = line({"serve", "--config", "other.json", "--functions-build", "out"});
  CHECK(parsed.config_file == "other.json");
  CHECK(parsed.functions_build == "out");
  CHECK_FALSE(parsed.values.port);
  CHECK_FALSE(line({"serve"}).config_file);
}

TEST_CASE("A mistake on the command line is a usage error that names it") {
  CHECK_THROWS_AS(parse({}), UsageError);
  CHECK_THROWS_WITH(parse({"sevre"}), Catch::Contains("sevre"));
  CHECK_THROWS_WITH(parse({"serve", "--prot", "80"}),
                    "serve takes no '--prot' (./stile serve --help lists what it takes)");
  CHECK_THROWS_WITH(parse({"serve", "extra"}), Catch::Contains("serve takes no 'extra'"));
  CHECK_THROWS_WITH(parse({"serve", "--port"}), "--port needs a value");
  CHECK_THROWS_WITH(parse({"serve", "--port", "http"}),
                    Catch::Contains("--port") && Catch::Contains("is not a port"));
  CHECK_THROWS_WITH(parse({"serve", "--port", "1", "--port", "2"}), Catch::Contains("--port"));
  CHECK_THROWS_AS(parse({"serve", "nginx"}), UsageError);
  CHECK_THROWS_AS(parse({"serve", "--no-nginx=maybe"}), UsageError);
  CHECK_THROWS_WITH(parse({"serve", "--no-nginx", "please"}), Catch::Contains("serve takes no 'please'"));
}

TEST_CASE("Help names every flag of its verb, and the version is the project's") {
  const auto help = std::get<Text>(parse({"serve", "--help"})).text;
  for (const auto& setting : all_settings()) CHECK_THAT(help, Catch::Contains(setting.flag()));
  CHECK_THAT(help, Catch::Contains("--no-nginx"));
  CHECK_THAT(std::get<Text>(parse({"--help"})).text, Catch::Contains("routes"));
  CHECK_THAT(std::get<Text>(parse({"--version"})).text, Catch::Matches("stile [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}
