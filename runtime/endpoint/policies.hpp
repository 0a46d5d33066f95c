// What a function's Settings say of who may call it and how often, as its manifest has it. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifest/cors_policy.hpp"
#include "manifest/rate_policy.hpp"
#include "stile/endpoint.hpp"

namespace stile {

std::optional<RatePolicy> rate_policy(const Settings& settings);

/// Throws std::invalid_argument where it can't be, or everyone may call.
std::optional<RatePolicy> caller_rate_policy(const Settings& settings);

/// `methods`: those that the function has. Of those that are declared, what it does not have is left out: they may be said for a
/// whole folder. Throws std::invalid_argument where nothing is left, or what is declared can't be.
std::optional<CorsPolicy> cors_policy(const Settings& settings, const std::vector<std::string>& methods);

/// What a page may send where nothing else is declared: Content-Type, Authorization and the headers that a function reads as
/// parameters.
std::vector<std::string> headers_of_pages(const Endpoint& endpoint);

}  // namespace stile
