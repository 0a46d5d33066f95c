// Serves a deployment: nginx (or the files for one that is not ours), the slots of its functions, their logs, from start to drained end. Knows
// nothing of HTTP, of nginx's configuration (it is given the text), or of what a function is. One thread, one
// epoll loop; only the log is written on a second one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "manifest/deployment.hpp"

namespace stile {

/// An nginx that is not ours, and how it is told what to include.
struct SharedNginx {
  std::string folder;     ///< absolute; http.conf and server.conf are written there
  std::string on_change;  ///< for `sh -c`, run where they have changed; empty: nothing
  std::chrono::milliseconds command_limit{30'000};  ///< then the command is ended
};

/// Sources that are watched, and how they are built.
struct DevelopmentSettings {
  std::string functions;           ///< absolute; their folder
  std::vector<std::string> build;  ///< the command and its arguments; it is looked for in PATH
};

struct SupervisorSettings {
  std::string run_directory;        ///< absolute; made where it is missing, locked while serving
  std::string state_directory;      ///< absolute; made where it is missing, belongs to the account
  std::string secrets_directory{};  ///< absolute; where functions look for their secrets
  std::string keys_file{};          ///< absolute, or empty; where API keys are
  std::string token_rules{};        ///< as Deployment has them
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any free one
  std::string user;  ///< the account of functions and nginx's workers; used only where started as root
  std::string tls_certificate;  ///< absolute; empty: the port speaks plain HTTP
  std::string tls_key;
  std::chrono::milliseconds drain_delay{0};  ///< from SIGTERM: all is served, but for the file "ready"
  std::optional<std::chrono::milliseconds>
      drain_timeout;         ///< from then on; unset: the longest timeout and 5 s
  bool keep_crashes = true;  ///< requests that ended their worker, in the run directory
  std::string socket_group;  ///< the group that may open the functions' sockets; empty: the account's own
  std::optional<SharedNginx>
      shared_nginx;  ///< where it is there, none of our own is started; bind, port rest
  std::string page;  ///< path of the documentation, for who starts the server; empty: there is none
  std::string
      public_folder;  ///< absolute, of files that nginx serves from where they are; empty: there is none
  std::optional<DevelopmentSettings> development;
};

/// Below the run directory: there while the server takes requests that it will answer. It is gone at SIGTERM, so that
/// what asks for it (/readyz) has time to tell others (drain_delay).
constexpr auto ready_file = "ready";
/// Below the run directory: the socket over which nginx is asked how it is, whatever else it listens on.
constexpr auto health_socket = "health.sock";

/// Below the run directory: the socket over which the server that runs is asked and told: control_socket.hpp.
constexpr auto control_socket = "control.sock";
/// Below the run directory: the last lines of the log, and FILE.1 those before.
constexpr auto log_file = "log";

struct NginxFileTexts {
  std::string http;    ///< of http.conf
  std::string server;  ///< of server.conf
  std::string docs;    ///< of docs.conf
};

/// What the server asks its caller for. May throw Failure.
struct ProjectSource {
  /// The functions as they are built and configured now.
  std::function<Deployment()> read;
  /// Text of nginx.conf for the port that was bound. Asked only where nginx is our own,
  std::function<std::string(const Deployment&, std::uint16_t port)> nginx;
  /// and this one where it is not.
  std::function<NginxFileTexts(const Deployment&)> nginx_files;
  /// Files that nginx serves by itself, by their names ("docs/index.html") below the run directory, or below the folder
  /// of an nginx's files that is not ours. They are there before nginx is told of that deployment.
  std::function<std::map<std::string, std::string>(const Deployment&)> served_files;
  /// In development, before each read(): the first error of each file of a function ("notes/{id}.cpp") that is not built as
  /// it is, under an empty name one that is of no such file.
  std::function<void(std::map<std::string, std::string> errors)> on_built;
};

/// Blocks until SIGTERM or SIGINT has come and running requests are answered; a second signal ends at once. SIGHUP, or
/// `reload` over the control socket: what has changed is served, and only that is touched. As process 1 it does so in a
/// child (init_process.hpp). No other thread may run before. Prints the endpoints and the line "ready: ..." (the URL, or
/// what nginx is to include) on standard output, log lines afterwards. Throws Failure where it cannot start, with nothing
/// left running. Returns the exit code.
int serve(const ProjectSource& project, const SupervisorSettings& settings);

}  // namespace stile
