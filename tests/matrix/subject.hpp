// A set of functions as it is served, and each function in it as it can be asked: by HTTP through nginx, or by FastCGI at its
// own socket, as no client can. What is to be expected of an answer is known from the manifest that the build has written
// and from nothing else. One thread.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "manifest/route.hpp"
#include "support/http_client.hpp"
#include "support/served_project.hpp"
#include "support/signer.hpp"
#include "support/temporary_directory.hpp"
#include "worker/fastcgi_client.hpp"

namespace stile::test {

/// Where the compiled functions of a set are, and what only its author knows.
struct MatrixSet {
  std::string name;
  std::string build;
  std::map<std::string, std::string> left_out{};  ///< names of functions -> why they can't be asked
  std::string known{};          ///< the cookie of who may call what is guarded by a function of its own
  std::string unknown{};        ///< of who may not
  std::string overrides{"{}"};  ///< "functions" of stile.json
  std::string overridden{
      "{}"};  ///< the same as a manifest has it: by name, what replaces members of its "limits"
};

/// What a caller may, and for a message what he lacks.
struct Rights {
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::string lacks{};  ///< empty: nothing
};
/// By the member "access" of a manifest: first who may call, then, for each scope and role that is asked for, who has all but
/// that.
std::vector<Rights> rights_for(const nlohmann::json& access);

struct Ask {
  std::string method = "GET";
  std::string query{};    ///< with "?"
  HttpHeaders headers{};  ///< without an Origin one that is allowed is sent
  std::optional<std::string> body{};
  std::string address{};  ///< of the client; empty: one that has not asked before
};

class Served;

class Subject {
 public:
  Subject(Served& served, nlohmann::json manifest, std::string id);

  const nlohmann::json& manifest() const { return manifest_; }
  const std::string& name() const { return name_; }
  const std::string& id() const { return id_; }
  /// As a pattern, prefix included, and with something in the place of its parameters.
  const Route& route() const { return route_; }
  const std::string& path() const { return path_; }
  std::vector<std::string> methods() const { return manifest_.at("methods"); }
  bool has_method(const std::string& method) const;
  /// A member of "limits", or null.
  nlohmann::json limit(const char* name) const {
    return manifest_.at("limits").value(name, nlohmann::json());
  }
  bool is_guarded() const;
  bool is_cached() const { return limit("cache_s").is_number() && limit("cache_s") != 0; }

  /// Origins that may ask, and whether this one may by that method.
  std::vector<std::string> origins() const;
  bool allows(const std::string& origin, const std::string& method) const;

  /// Checks of the answer what holds of every one: that it is described in the document, that a problem is a problem page, and
  /// what it says to pages of other origins.
  HttpResponse through_nginx(const Ask& ask);
  HttpResponse at_worker(const Ask& ask) { return at_worker(ask, path_); }
  /// Another path than its own, as nginx would never send it there.
  HttpResponse at_worker(const Ask& ask, const std::string& path);
  /// Where it listens.
  std::vector<std::string> sockets() const;

  /// Its own member of "paths" in the document; null: it is not there.
  const nlohmann::json& document() const { return document_; }
  /// Of each method that the document has; "GET" and the like.
  std::map<std::string, nlohmann::json> operations() const;
  /// The response of that status itself, not that of its class, with references followed; null where there is none.
  nlohmann::json documented(const std::string& method, int status) const;
  Served& served() { return served_; }

 private:
  void check_answer(const Ask& ask, const std::string& origin, const HttpResponse& answer) const;
  void check_origin(const Ask& ask, const std::string& origin, const HttpResponse& answer) const;

  Served& served_;
  nlohmann::json manifest_;
  std::string name_;
  std::string id_;
  Route route_;
  std::string path_;
  nlohmann::json document_;
  std::optional<FastCgiConnection> worker_;
};

class Served {
 public:
  /// Makes the keys that the manifests call for, and serves the set behind a proxy that may say who asks.
  explicit Served(MatrixSet set);

  std::vector<Subject>& subjects() { return subjects_; }
  const MatrixSet& set() const { return set_; }
  const nlohmann::json& document() const { return document_; }
  const ServedProject& project() const { return *project_; }
  HttpClient& client() { return client_; }
  HttpResponse get(const std::string& path) { return client_.get(project_->url(path)); }

  /// What proves these rights by a scheme of the subject's ("access.schemes"): where callers are counted, those of a caller who
  /// has seldom asked before.
  HttpHeaders proof(const Subject& subject, const nlohmann::json& scheme, const Rights& rights);
  /// The same with something that is wrong.
  HttpHeaders forgery(const nlohmann::json& scheme) const;
  std::string fresh_address();

 private:
  void make_keys();

  MatrixSet set_;
  TemporaryDirectory directory_;
  Signer signer_ = Signer::p256();
  std::vector<nlohmann::json> manifests_;
  std::map<std::string, std::vector<std::string>> keys_;  // by the function and the rights
  std::size_t proofs_ = 0;
  std::optional<ServedProject> project_;
  HttpClient client_;
  nlohmann::json document_;
  std::vector<Subject> subjects_;
  unsigned addresses_ = 0;
};

/// Its media type, and the members that every problem has (RFC 9457).
bool is_problem(const HttpResponse& response, int status);

}  // namespace stile::test
