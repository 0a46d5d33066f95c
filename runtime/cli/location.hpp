// Where this installation and the project that is asked for stand, and what is read from there. One thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "cli/settings.hpp"
#include "manifest/deployment.hpp"

namespace stile::cli {

/// bin/stile, functions/ and nginx/ stand beside each other here, in a build folder as where it is installed.
std::filesystem::path own_home();
/// The folder of the built functions.
std::string functions_folder(const CommandLine& line);
/// The project's public/; empty where it has none.
std::string public_folder(const CommandLine& line);

/// stile.json, where there is one. Throws UsageError where it can't be read, or must not be believed.
Configuration read_configuration(const CommandLine& line);
/// Of the flags, the environment and the file, in this order. Throws UsageError.
Resolved settings_of(const CommandLine& line, const Configuration& configuration);

/// All that a verb needs to know.
struct Project {
  Resolved settings;
  Deployment deployment;
};

/// Throws UsageError, Failure.
Project read_project(const CommandLine& line);
/// As it stands in the files now, served with the settings of the start. Throws UsageError, Failure.
Deployment read_deployment(const CommandLine& line, const Resolved& settings);

}  // namespace stile::cli
