#include "endpoint/policies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "endpoint/document.hpp"
#include "endpoint/effective_settings.hpp"
#include "endpoint/gate.hpp"
#include "manifest/text.hpp"

namespace stile {
namespace {

bool is_among(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<RatePolicy> rate_policy(const Settings& settings) {
  if (!settings.rate) return std::nullopt;
  return RatePolicy{settings.rate->requests, settings.rate->per, settings.rate->burst};
}

std::optional<RatePolicy> caller_rate_policy(const Settings& settings) {
  if (!settings.caller_rate) return std::nullopt;
  const RatePolicy policy{settings.caller_rate->requests, settings.caller_rate->per,
                          settings.caller_rate->burst};
  try {
    policy.check_numbers();
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("caller_{}", error.what()));
  }
  if (!policy.is_limit()) return std::nullopt;  // of the folder, and not of this one
  if (!detail::Gate(settings.access).is_guarded())
    throw std::invalid_argument(
        "caller_rate: everyone may call, so that nobody knows whose requests to count: say who may (access), "
        "or count addresses (rate)");
  return policy;
}

std::optional<CorsPolicy> cors_policy(const Settings& settings, const std::vector<std::string>& methods) {
  if (!settings.cors) return std::nullopt;
  const Cors& cors = *settings.cors;
  CorsPolicy policy{cors.origins, cors.methods, cors.headers, cors.expose, cors.credentials, cors.max_age};
  policy.check();  // before anything is left out
  std::vector<std::string> allowed;
  for (const auto& method : methods) {
    if (method == "OPTIONS") continue;  // how a browser asks, and nothing that a page does
    if (policy.methods.empty() || is_among(policy.methods, method == "HEAD" ? "GET" : method) ||
        is_among(policy.methods, method))
      allowed.push_back(method);
  }
  if (allowed.empty())
    throw std::invalid_argument(fmt::format("cors.methods: the function has none of {}; it has {}",
                                            comma_list(policy.methods), comma_list(methods)));
  policy.methods = std::move(allowed);
  return policy;
}

std::vector<std::string> headers_of_pages(const Endpoint& endpoint) {
  std::vector<std::string> headers{"Content-Type", "Authorization"};
  auto wanted = header_parameters(endpoint);
  if (const auto access = effective_settings(endpoint).access) {
    for (const auto& scheme : detail::Gate::policy_of(*access).schemes) {
      if (scheme.kind == AccessScheme::Kind::api_key) wanted.emplace_back(api_key_header);
      if (scheme.kind == AccessScheme::Kind::header) wanted.push_back(scheme.name);
    }
  }
  for (const auto& name : wanted) {
    const auto is_this = [&](const std::string& known) { return equal_ignoring_case(known, name); };
    if (std::none_of(headers.begin(), headers.end(), is_this)) headers.push_back(name);
  }
  return headers;
}

}  // namespace stile
