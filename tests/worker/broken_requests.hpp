// Requests that break FastCGI 1.0 in one place each, made of one that does not. Knows nothing of workers. Pure.
#pragma once

#include <string>
#include <vector>

#include "worker/fastcgi_client.hpp"

namespace stile::test {

struct BrokenRequest {
  std::string what;
  std::string bytes;  ///< as far as the break: a peer may well wait for an answer now
};

/// What may stand in none: records of other kinds, versions, lengths, ids, roles, in each place.
std::vector<BrokenRequest> broken_requests(const CgiRequest& request);

/// A record whose header is as it is told, right or wrong.
struct RecordHeader {
  unsigned type = 0;
  std::size_t content_length = 0;
  unsigned version = 1;
  unsigned request_id = 1;
  unsigned padding = 0;
  std::string bytes() const;
};

std::string begin_request(unsigned role = 1);

}  // namespace stile::test
