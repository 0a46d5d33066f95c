// The flags and verbs of the compiled `stile`. Knows their form, not what they do. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/keys.hpp"
#include "cli/settings.hpp"

namespace stile::cli {

enum class Verb : std::uint8_t {
  serve,
  dev,
  nginx,
  routes,
  openapi,
  health,
  reload,
  rollback,
  cache,
  status,
  logs,
  replay,
  keys
};

struct CommandLine {
  Verb verb = Verb::serve;
  Values values;                           ///< what the flags say
  std::optional<std::string> config_file;  ///< --config
  std::optional<std::string> functions_build;
  std::string function;      ///< of rollback; of logs and cache, empty: all
  std::string cache_action;  ///< of cache: "clear"
  bool as_json = false;      ///< status
  bool once = false;         ///< status
  bool follow = false;       ///< logs
  std::string crash_file;    ///< replay
  std::string older;         ///< openapi: the document to compare with; empty: none
  bool debug = false;        ///< replay: under gdb
  KeysCommand keys{};        ///< keys
};

/// Help or the version, asked for: text for standard output.
struct Text {
  std::string text;
};

/// Throws UsageError for a mistake.
std::variant<CommandLine, Text> parse_command_line(int count, const char* const* arguments);

}  // namespace stile::cli
