// An nginx as Debian installs it, with a static site, for Stile to be a guest of: nginx.conf, conf.d and sites-enabled
// have the package's form, its folders and port are the test's. One thread.
#pragma once

#include <optional>
#include <string>

#include "support/network.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

class DebianNginx {
 public:
  /// What the owner of that nginx has written: conf.d/stile.conf, and lines for the site's server block.
  struct Additions {
    std::string http{};
    std::string server{};
  };

  /// Starts it; requests are answered from now on. The site: index.html, 404.html, style.css.
  explicit DebianNginx(const Additions& additions);
  /// Includes http.conf and server.conf of that folder.
  static Additions with_files_of(const std::string& folder);

  std::string url(const std::string& path) const;
  std::uint16_t port() const { return listener_.port(); }
  const Process& process() const { return *process_; }
  /// Of it itself: for `kill -HUP`.
  std::string pid_file() const { return directory_.file("nginx.pid"); }
  /// Its error log so far.
  std::string errors() const;
  /// Checks the configuration as it stands now: what `nginx -t` says where it refuses it, else nothing.
  std::string complaints() const;

 private:
  TemporaryDirectory directory_;
  Listener listener_;
  std::optional<Process> process_;
};

}  // namespace stile::test
