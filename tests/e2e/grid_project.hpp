// The functions of tests/e2e/functions served through nginx, with a stile.json of the test's own, and what
// every problem page has to be. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/certificate.hpp"
#include "support/http_client.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

class GridProject {
 public:
  /// `configuration`: the text of stile.json. HTTP/2 is served over TLS, HTTP/1 in plain.
  explicit GridProject(const std::string& configuration = "{}", HttpVersion version = HttpVersion::one);
  explicit GridProject(HttpVersion version) : GridProject("{}", version) {}

  /// A new client that speaks this project's version.
  HttpClient client() const { return HttpClient(client_options()); }
  HttpClientOptions client_options() const;
  /// Of a project that is served over TLS.
  const Certificate& certificate() const { return certificate_.value(); }

  const ServedProject& served() const { return project_; }
  std::uint16_t port() const { return project_.port(); }
  std::string url(const std::string& path) const { return project_.url(path); }
  /// Processes that run a function.
  std::vector<pid_t> workers() const;

 private:
  TemporaryDirectory directory_;
  std::optional<Certificate> certificate_;
  ServedProject project_;
};

/// Checks that the answer is a problem page (RFC 9457) of that status, whoever made it.
void check_problem(const HttpResponse& response, int status);

}  // namespace stile::test
