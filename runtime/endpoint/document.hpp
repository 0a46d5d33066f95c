// What the project's OpenAPI document says of one function, made when it is built: a fragment, which runtime/openapi puts
// together with the others'. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/cache_policy.hpp"
#include "stile/endpoint.hpp"

namespace stile {

/// One JSON object: {"operations": {"GET": Operation Object and "problems": [404, ...], ...}, "schemas": {NAME: Schema Object}}.
/// `source` is the function's file, for the comments above its methods; it may be empty. The same endpoint and source give
/// the same bytes. Throws std::invalid_argument where the author contradicts himself: a rule that says nothing about its
/// member, two structs of one name.
std::string document(const Endpoint& endpoint, std::string_view source);

/// The names of its parameters that are marked secret. Throws as document().
std::vector<std::string> secret_parameters(const Endpoint& endpoint);
/// The names of the headers that it reads as parameters. Throws as document().
std::vector<std::string> header_parameters(const Endpoint& endpoint);

/// What its GET makes an answer of. Throws as document().
CacheInputs cache_inputs(const Endpoint& endpoint);

}  // namespace stile
