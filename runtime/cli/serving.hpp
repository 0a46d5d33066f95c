// A project as the supervisor and nginx are given it. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command_line.hpp"
#include "cli/location.hpp"
#include "gateway/nginx_configuration.hpp"

namespace stile::cli {

/// The parts for an nginx that is not Stile's. Throws Failure.
NginxParts gateway_parts(const Project& project);
/// The whole configuration of Stile's own nginx. Throws Failure.
std::string gateway_text(const CommandLine& line, const Project& project, std::uint16_t port);

/// Serves until it is told to end; returns the exit code. Throws Failure, std::system_error.
int serve_project(const CommandLine& line, const Project& project);
/// The same, and builds what is saved. Throws UsageError too.
int develop_project(const CommandLine& line);

}  // namespace stile::cli
