#include "gateway/policies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "manifest/text.hpp"

namespace stile::gateway {
namespace {

// Some 64,000 addresses of a rate; beyond it nginx forgets those that it has not seen for the longest time.
constexpr auto zone_size = "8m";

// Headers of Stile's own that say how it went.
constexpr std::string_view always_exposed = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy";

// A variable's name has no dots and dashes: two names never come to one.
std::string as_variable(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '.') {
      result += "_d";
    } else if (c == '-') {
      result += "_m";
    } else if (c == '_') {
      result += "__";
    } else {
      result += c;
    }
  }
  return result;
}

// The lines of a map from "METHOD ORIGIN" to what is allowed. Anchored at both ends: what is matched is sent back as it came.
std::string allowed_origins(const CorsPolicy& policy) {
  std::string methods;
  for (const auto& method : policy.methods) methods += (methods.empty() ? "" : "|") + method;
  if (policy.is_open()) return fmt::format("\"~^(?:{}) \" \"*\";\n", methods);
  std::string lines;
  for (const auto& origin : policy.origins)
    lines +=
        fmt::format("\"~^(?:{}) {}\\z\" $http_origin;\n", methods, OriginPattern::parse(origin).expression());
  return lines;
}

std::string exposed(const CorsPolicy& policy) {
  std::string list(always_exposed);
  for (const auto& name : policy.expose) list += ", " + name;
  return list;
}

// For each line of a text.
template <class Do>
void each_line(std::string_view text, const Do& action) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    action(text.substr(0, end));
    text.remove_prefix(std::min(end == std::string_view::npos ? text.size() : end + 1, text.size()));
  }
}

}  // namespace

Policies::Policies(const Deployment& deployment, std::string name)
    : deployment_(deployment), name_(std::move(name)), variable_("$" + as_variable(name_) + "_cors_") {
  for (const auto& function : deployment_.functions) {
    if (function.limits.rate.is_limit())
      rates_[zone_of(function.limits.rate)] = function.limits.rate.nginx_rate();
    if (!function.manifest.cors) continue;
    origins_.emplace(allowed_origins(*function.manifest.cors), origins_.size() + 1);
    groups_.emplace(answer_of(*function.manifest.cors), groups_.size() + 1);
  }
}

// What an answer says of it; what nginx finds before the location is there is told the same.
std::string Policies::answer_of(const CorsPolicy& policy) const {
  return fmt::format(
      "set $stile_cors {}{}; set $stile_cors_own \"{}\"; set $stile_cors_see \"{}\"; set $stile_vary \"{}\";",
      variable_, origins_.at(allowed_origins(policy)), policy.credentials ? "1" : "", exposed(policy),
      policy.is_open() ? "" : "Origin");
}

std::string Policies::problem_of(std::size_t number) const {
  return fmt::format("@{}_cors_{}_problem", name_, number);
}

std::string Policies::zone_of(const RatePolicy& rate) const {
  auto words = rate.nginx_rate();  // "10r/s"
  std::replace(words.begin(), words.end(), '/', '_');
  return fmt::format("{}_rate_{}", name_, words);
}

void Policies::write_http(NginxText& text) const {
  text.include("policies.conf");
  for (const auto& [lines, number] : origins_) {
    text.open(fmt::format("map \"$stile_cors_for $http_origin\" {}{}", variable_, number));
    each_line(lines, [&](std::string_view line) { text.line("{}", line); });
    text.line("default \"\";");
    text.close();
  }
  for (const auto& [zone, rate] : rates_)
    text.line("limit_req_zone $stile_function:$stile_address zone={}:{} rate={};", zone, zone_size, rate);
}

void Policies::write_variables(NginxText& text, const DeployedFunction& function) const {
  if (function.limits.rate.is_limit()) {
    text.line("set $stile_rate '{}';", function.limits.rate.field("address"));
    text.line("set $stile_wait {};", function.limits.rate.wait().count());
  }
  if (!function.manifest.cors) return;
  text.line("{}", answer_of(*function.manifest.cors));
}

void Policies::write_rate(NginxText& text, const RatePolicy& rate) const {
  if (!rate.is_limit()) return;
  const auto further = rate.at_once() - 1;  // beyond the one that is always let through
  text.line("limit_req zone={}{};", zone_of(rate),
            further == 0 ? "" : fmt::format(" burst={} nodelay", further));
  text.line("limit_req_status 429;");
  text.line("limit_req_log_level notice;");
}

void Policies::write_cached_place(NginxText& text, const DeployedFunction& function) const {
  write_rate(text, function.limits.rate);
  if (function.manifest.cors) {
    text.include("cors.conf");
    text.include("cors_alone.conf");
  }
  if (function.limits.rate.is_limit()) text.line("add_header RateLimit-Policy $stile_rate always;");
}

void Policies::write_location(NginxText& text, const DeployedFunction& function,
                              const std::vector<std::string_view>& snippets) const {
  const auto& rate = function.limits.rate;
  write_rate(text, rate);
  if (function.manifest.cors) {
    write_preflight(text, *function.manifest.cors, snippets);
    text.line("error_page 413 {};", problem_of(groups_.at(answer_of(*function.manifest.cors))));
  }
  if (rate.is_limit() || function.manifest.cors) write_headers(text, snippets);
  if (function.manifest.cors) text.include("cors_alone.conf");
}

// A block of its own inherits no header: it says all.
void Policies::write_preflight(NginxText& text, const CorsPolicy& policy,
                               const std::vector<std::string_view>& snippets) const {
  text.line("set $stile_asked \"$stile_cors_ask:$stile_cors\";");
  text.open("if ($stile_asked ~ \"^1:.\")");
  write_headers(text, snippets);
  text.line("add_header Access-Control-Allow-Methods \"{}\" always;", comma_list(policy.methods));
  if (!policy.headers.empty())
    text.line("add_header Access-Control-Allow-Headers \"{}\" always;", comma_list(policy.headers));
  text.line("add_header Access-Control-Max-Age {} always;", policy.max_age.count());
  text.line("return 204;");
  text.close();
  text.include("preflight.conf");
}

void Policies::write_headers(NginxText& text, const std::vector<std::string_view>& snippets) const {
  text.line("add_header X-Request-Id $stile_request_id always;");
  for (const auto snippet : snippets) text.include(snippet);
  if (!groups_.empty()) text.include("cors.conf");
  if (!rates_.empty()) text.line("add_header RateLimit-Policy $stile_rate always;");
}

void Policies::write_second_try(NginxText& text, const std::vector<std::string_view>& snippets) const {
  if (groups_.empty() && rates_.empty()) return;
  write_headers(text, snippets);
  if (!groups_.empty()) text.include("cors_alone.conf");
}

void Policies::write_problem(NginxText& text) const {
  if (!groups_.empty()) text.include("cors.conf");
  if (rates_.empty()) return;
  text.line("add_header RateLimit-Policy $stile_rate always;");
  text.line("add_header RateLimit $stile_left always;");
}

}  // namespace stile::gateway
