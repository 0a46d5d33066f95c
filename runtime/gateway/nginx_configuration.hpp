// Generates nginx's configuration from a deployment. Pure: text in, text out; what is not generated stands in
// nginx/.
#pragma once

#include <cstdint>
#include <string>

#include "manifest/deployment.hpp"

namespace stile {

struct GatewaySettings {
  std::string bind = "127.0.0.1";  ///< an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 8080;
  std::string run_directory;      ///< absolute; nginx writes its pid and temporary files below it
  std::string snippet_directory;  ///< absolute; the files of nginx/
  std::string user;               ///< account of nginx's workers; empty where nginx does not start as root
  std::string workers = "auto";   ///< worker_processes
  std::uint64_t descriptor_limit =
      1024;                       ///< RLIMIT_NOFILE of one nginx worker, from which connections are budgeted
  std::string tls_certificate{};  ///< absolute path of a PEM file; empty: plain HTTP
  std::string tls_key{};          ///< of its key
};

/// The whole nginx.conf. The access log goes to /dev/stdout, errors to stderr.
std::string nginx_configuration(const Deployment& deployment, const GatewaySettings& settings);

}  // namespace stile
