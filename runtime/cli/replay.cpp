#include "cli/replay.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/location.hpp"
#include "cli/project.hpp"
#include "manifest/crash_file.hpp"
#include "posix/failure.hpp"

namespace stile::cli {

void replay(const CommandLine& line) {
  const auto configuration = read_configuration(line);
  const auto settings = settings_of(line, configuration);
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
  if (const auto rules = token_rules_of(configuration); !rules.empty())
    ::setenv("STILE_JWT", rules.c_str(), 0);
  std::vector<std::string> words;
  if (line.debug) words = {"gdb", "--quiet", "--args"};
  words.insert(words.end(), {found->executable, "--prefix", settings.prefix, "--replay",
                             std::filesystem::absolute(line.crash_file).string()});
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  throw Failure(line.debug && errno == ENOENT
                    ? std::string("gdb is not installed: apt-get install gdb")
                    : fmt::format("cannot start {}: {}", words.front(), std::strerror(errno)));
}

}  // namespace stile::cli
