// How nginx says how old a kept answer is: it has no arithmetic, so it subtracts as on paper, by maps. Pure.
#pragma once

#include "gateway/nginx_text.hpp"

namespace stile::gateway {

/// In the http block: $stile_age, the whole seconds from $upstream_http_x_stile_made, which is $msec of when the answer was
/// asked for, to $msec; 0 where that lies ahead (the clock was set), empty where the answer is not from what is kept.
void write_age(NginxText& text);

}  // namespace stile::gateway
