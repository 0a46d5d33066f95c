// What libfcgi allocates for a request, which is a tenth of its cost: from a block that its thread keeps, and that is
// free again as a whole when the next one begins. Where the block is full, from the heap. Knows nothing of requests.
// Each thread has its own.
#pragma once

#include <cstddef>

namespace stile::worker {

/// One at a time in a thread: while it lives, the three functions below serve this thread from its block. What was
/// allocated must have been released when it ends, as FCGX_Free does.
class RequestMemory {
 public:
  RequestMemory();
  ~RequestMemory();
  RequestMemory(const RequestMemory&) = delete;
  RequestMemory& operator=(const RequestMemory&) = delete;
};

// In libfcgi's code the names of malloc, realloc and free are replaced by these (runtime/CMakeLists.txt), but for where
// sanitizers watch: they are to see each of its allocations.
extern "C" {
void* stile_request_malloc(std::size_t size);
void* stile_request_realloc(void* memory, std::size_t size);
void stile_request_free(void* memory);
}

}  // namespace stile::worker
