// Generates nginx's configuration from a deployment. Pure: text in, text out; what is not generated stands in
// nginx/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/cache_locations.hpp"
#include "gateway/static_locations.hpp"
#include "manifest/deployment.hpp"

namespace stile {

struct GatewaySettings {
  std::string bind = "127.0.0.1";  ///< an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 8080;
  std::string run_directory;      ///< absolute; nginx writes its pid and temporary files below it
  std::string health_socket;      ///< absolute; a socket on which nginx answers /healthz and /readyz alone
  std::string ready_file;         ///< absolute; /readyz is a 503 while it is not there
  std::string snippet_directory;  ///< absolute; the files of nginx/
  std::string user;               ///< account of nginx's workers; empty where nginx does not start as root
  unsigned workers = 1;           ///< worker_processes: named, so that connections can be divided among them
  std::uint64_t descriptor_limit =
      1024;                       ///< RLIMIT_NOFILE of one nginx worker, from which connections are budgeted
  std::string tls_certificate{};  ///< absolute path of a PEM file; empty: plain HTTP
  std::string tls_key{};          ///< of its key
  std::optional<gateway::Docs> docs{};         ///< /docs and /openapi.json; unset: neither is served
  std::vector<std::string> trusted_proxies{};  ///< addresses and networks whose X-Forwarded-For is believed
  std::uint64_t cache_bytes = 64'000'000;      ///< that kept answers take, about
  std::string public_folder{};                 ///< absolute; empty: nothing but endpoints is served
};

/// The whole nginx.conf. The access log goes to /dev/stdout, errors to stderr.
std::string nginx_configuration(const Deployment& deployment, const GatewaySettings& settings);

struct NginxPartsSettings {
  std::string name = "stile";  ///< what upstreams, zone and named locations begin with: [A-Za-z0-9._-]
  /// The text of a file of nginx/, by its name.
  std::function<std::string(std::string_view name)> snippet;
  unsigned workers = 1;  ///< worker_processes of that nginx
  std::optional<gateway::Docs> docs{};
  std::string cache_folder{};              ///< absolute; where that nginx keeps answers
  std::uint64_t cache_bytes = 64'000'000;  ///< that they take, about
};

/// For an nginx of somebody else's. Each is whole: it includes nothing.
struct NginxParts {
  std::string http;    ///< for its http block: upstreams and maps, nothing that changes what else is served
  std::string server;  ///< for one server block: the locations at and below the prefix, and named ones
  std::string docs;    ///< for the same one, where that is wanted: /docs and /openapi.json
};

NginxParts nginx_parts(const Deployment& deployment, const NginxPartsSettings& settings);

}  // namespace stile
