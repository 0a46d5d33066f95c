// Serves a deployment: nginx, the slots of its functions, their logs, from start to drained end. Knows
// nothing of HTTP, of nginx's configuration (it is given the text), or of what a function is. One thread, one
// epoll loop; only the log is written on a second one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "manifest/deployment.hpp"

namespace stile {

struct SupervisorSettings {
  std::string run_directory;    ///< absolute; made where it is missing, locked while serving
  std::string state_directory;  ///< absolute; made where it is missing, belongs to the account
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any free one
  std::string user;  ///< the account of functions and nginx's workers; used only where started as root
  std::string tls_certificate;  ///< absolute; empty: the port speaks plain HTTP
  std::string tls_key;
};

/// Text of nginx.conf for the port that was bound.
using NginxConfiguration = std::function<std::string(std::uint16_t port)>;

/// Blocks until SIGTERM or SIGINT has come and running requests are answered; a second signal ends at once.
/// Prints the endpoints and the line "ready: http://..." (https with TLS) on standard output, log lines afterwards. Throws
/// Failure where it cannot start, with nothing left running. Returns the exit code.
int serve(const Deployment& deployment, const SupervisorSettings& settings, const NginxConfiguration& nginx);

}  // namespace stile
