#include "cli/location.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <vector>

#include "cli/project.hpp"
#include "cli/usage_error.hpp"
#include "posix/cgroup.hpp"
#include "posix/processors.hpp"

namespace stile::cli {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

fs::path own_home() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

std::string functions_folder(const CommandLine& line) {
  return (line.functions_build ? fs::absolute(*line.functions_build) : own_home() / "functions").string();
}

// It stands beside the functions' folder; in a build folder it is a link to the project's own.
std::string public_folder(const CommandLine& line) {
  std::error_code missing;
  const auto folder = fs::canonical(fs::path(functions_folder(line)).parent_path() / "public", missing);
  return missing || !fs::is_directory(folder) ? "" : folder.string();
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

Resolved settings_of(const CommandLine& line, const Configuration& configuration) {
  const auto values = overlay(line.values, overlay(values_of_environment(variable), configuration.values));
  return resolve(values, {::geteuid(), fs::current_path().string(), variable, posix::usable_processors(),
                          posix::memory_limit()});
}

Project read_project(const CommandLine& line) {
  const auto configuration = read_configuration(line);
  Project project;
  project.settings = settings_of(line, configuration);
  refuse_vain_flags(line.values, project.settings);
  project.deployment = deploy(read_functions(functions_folder(line)), configuration, project.settings);
  return project;
}

Deployment read_deployment(const CommandLine& line, const Resolved& settings) {
  return deploy(read_functions(functions_folder(line)), read_configuration(line), settings);
}

}  // namespace stile::cli
