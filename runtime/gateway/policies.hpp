// What nginx enforces of a function's declaration by itself: which pages of other origins may call it, and how many requests
// one address may send. Writes the parts of a configuration that say so. Pure; one thread for each object.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/nginx_text.hpp"
#include "manifest/deployment.hpp"

namespace stile::gateway {

class Policies {
 public:
  /// `name`: what the names in nginx begin with, [A-Za-z0-9._-]. The deployment must outlive it.
  Policies(const Deployment& deployment, std::string name);

  /// In the http block: for each CORS policy a map from the request to the origin that is allowed, for each rate a zone.
  void write_http(NginxText& text) const;
  /// In a function's location, before anything is refused there: what its headers say.
  void write_variables(NginxText& text, const DeployedFunction& function) const;
  /// In it, once what is no request of its own has been refused: preflights, the headers, the rate. `snippets` is what each
  /// location includes that adds headers of its own.
  void write_location(NginxText& text, const DeployedFunction& function,
                      const std::vector<std::string_view>& snippets) const;
  /// In the named location that asks for what is to be kept: each caller is counted and told for himself, whoever's answer it is.
  void write_cached_place(NginxText& text, const DeployedFunction& function) const;
  /// In a named location that passes on what may be any function's.
  void write_second_try(NginxText& text, const std::vector<std::string_view>& snippets) const;
  /// In the location of a problem page: what a page of another origin is told, and who was refused for a rate.
  void write_problem(NginxText& text) const;
  /// In a server: the problem of a body that is too large, which nginx finds before a location has said anything. `write` is
  /// what any location of a problem consists of.
  template <class Write>
  void write_problem_locations(NginxText& text, const Write& write) const {
    for (const auto& [key, number] : groups_) {
      text.open("location " + problem_of(number));
      text.line("{}", key);
      write();
      text.close();
    }
  }

 private:
  void write_rate(NginxText& text, const RatePolicy& rate) const;
  void write_headers(NginxText& text, const std::vector<std::string_view>& snippets) const;
  void write_preflight(NginxText& text, const CorsPolicy& policy,
                       const std::vector<std::string_view>& snippets) const;
  std::string answer_of(const CorsPolicy& policy) const;
  std::string problem_of(std::size_t number) const;
  std::string zone_of(const RatePolicy& rate) const;

  const Deployment& deployment_;
  std::string name_;
  std::string variable_;  // "$stile_cors_": what the variables of the policies begin with
  // By the lines that set what is answered, and by what is allowed: policies that say the same are one.
  std::map<std::string, std::size_t> groups_;
  std::map<std::string, std::size_t> origins_;
  std::map<std::string, std::string> rates_;  // zone -> rate
};

}  // namespace stile::gateway
