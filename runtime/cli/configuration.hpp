// stile.json: what it may say and what it says. Checked whole, so that no misspelt line is without effect in
// silence. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "access/token_rules.hpp"
#include "cli/settings.hpp"
#include "manifest/deployment.hpp"

namespace stile::cli {

struct Configuration {
  std::string file;  ///< as messages name it; empty where there is none
  Values values;
  std::map<std::string, Limits> functions;  ///< by the function's name: "notes/{id}"
  std::map<std::string, std::string>
      routes;  ///< further routes, below the prefix: pattern -> the function's name
  ApiInfo api{};
  std::vector<std::string> environment{};   ///< names of variables that every function gets
  std::optional<access::TokenRules> jwt{};  ///< which tokens are accepted; its files are paths as values' are
};

/// Reads the text of `file`. Relative paths in it are below the file's own folder. Throws UsageError with
/// the file and the place (a JSON pointer): for what is not strict JSON, an unknown key, a wrong type, a
/// value out of range. Whether the functions exist is the project's to say.
Configuration parse_configuration(std::string_view text, const std::string& file);

/// "stile.json: /functions/notes~1{id}": a place in a configuration, for messages about it.
std::string place_in(const Configuration& configuration, std::string_view section, std::string_view name);

}  // namespace stile::cli
