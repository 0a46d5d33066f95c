// How nginx keeps answers: zones, keys, and the place that asks a function for what is to be kept. Whatever that place
// hands to the function stands in the key, and nothing else is handed over, so that two requests which a function can tell
// apart never share an answer. Knows nothing of what a function does. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/nginx_text.hpp"
#include "manifest/deployment.hpp"

namespace stile::gateway {

struct CacheSettings {
  std::string folder{};              ///< absolute; nginx makes one in it for each zone, for itself alone
  std::uint64_t bytes = 64'000'000;  ///< that all kept answers take, about
};

/// Whether answers of this function are kept.
bool is_cached(const DeployedFunction& function);

/// In the http block: the zones and maps; nothing where no answers are kept. `name`: what all names begin with.
void write_cache(NginxText& text, const Deployment& deployment, const std::string& name,
                 const CacheSettings& settings);

/// The named location that asks for what is to be kept: "@stile_cached_hello".
std::string cached_place(const std::string& name, const DeployedFunction& function);
/// Within the function's own location: lets GET and HEAD go there.
void write_way_to_cached_place(NginxText& text, const std::string& name, const DeployedFunction& function);
/// Within that place: what is handed to the function, and by what the answer is found again. `server.conf`, pages for
/// errors, limits and fastcgi_pass stand beside it.
void write_cached_request(NginxText& text, const std::string& name, const DeployedFunction& function);

}  // namespace stile::gateway
