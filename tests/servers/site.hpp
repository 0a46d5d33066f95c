// A web server with two functions behind it, started by the commands and the configuration of docs/other-servers.md: the
// document's text, with other paths and ports. Ended with its object. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

/// The languages of the document's blocks.
enum class Server { caddy, apache, lighttpd };
std::string name_of(Server server);

/// The text of docs/other-servers.md.
std::string document();

/// A worker with its arguments: what serves all paths below /api/hello/.
struct Backend {
  std::string program;
  std::vector<std::string> arguments{};
};
/// The function that comes with the project, at its own route.
Backend project_function(const std::string& name);
/// The one of tests/worker/functions, at every path below /api/hello/.
Backend test_function(const std::string& name);

class Site {
 public:
  /// Where the document has several configurations of a server, `which` says which of them. Waits until it answers.
  explicit Site(Server server, const Backend& below = project_function("hello/{name}"),
                std::size_t which = 0);
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  std::string url(const std::string& path) const;
  std::uint16_t port() const { return port_; }
  /// The worker below /api/hello/.
  const Process& worker() const { return *below_; }
  /// What the server has started by itself.
  std::vector<pid_t> children_of_server() const;
  /// Starts that worker on its socket again.
  void restart_worker();

 private:
  void start_server(Server server, std::size_t which);
  std::string moved(std::string text) const;
  void start_worker(std::optional<Process>& process, std::size_t command, const Backend& backend);

  TemporaryDirectory directory_;
  Backend below_backend_;
  std::uint16_t port_;
  std::optional<Process> hello_;
  std::optional<Process> below_;
  std::optional<Process> server_;
};

}  // namespace stile::test
