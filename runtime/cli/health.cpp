#include "cli/health.hpp"

#include <fmt/core.h>

#include <string_view>
#include <system_error>

#include "cli/local_socket.hpp"
#include "posix/failure.hpp"
#include "posix/fd.hpp"

namespace stile::cli {

using namespace std::chrono_literals;

namespace {

constexpr auto health_patience = 5s;
constexpr std::size_t longest_health = 4096;

posix::Fd connect_to_nginx(const std::string& path) {
  try {
    return connect_to(path, health_patience);
  } catch (const std::system_error& error) {
    throw Failure(fmt::format("nobody serves on {} ({}): name its folder with --run-dir", path,
                              error.code().message()));
  }
}

}  // namespace

void check_health(const std::string& socket) {
  constexpr std::string_view request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const auto answer =
      ask(connect_to_nginx(socket), request, longest_health, health_patience).value_or(std::string());
  if (answer.starts_with("HTTP/1.1 200 ")) return;
  // The rest of the line is for no terminal: who knows whose socket it is.
  if (answer.starts_with("HTTP/1.1 503 "))
    throw Failure(fmt::format("the server of {} is not ready", socket));
  throw Failure(fmt::format("the server of {} does not answer as it should", socket));
}

}  // namespace stile::cli
