#include "worker/request_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

namespace stile::worker {
namespace {

// libfcgi's buffers take 17 KB, the parameters that nginx sends 1 KB or 2.
constexpr std::size_t block_size = 32'768;
constexpr std::size_t alignment = alignof(std::max_align_t);

struct Block {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t used = block_size;  // full, unless a request is being worked on
};

thread_local Block block;

bool is_in_block(const void* memory) {
  const std::less<const void*> before;
  const std::byte* begin = block.bytes.get();
  return begin != nullptr && !before(memory, begin) && before(memory, begin + block_size);
}

// Before each piece stands its size, which realloc needs.
std::size_t size_of(const void* memory) {
  std::size_t size = 0;
  std::memcpy(&size, static_cast<const std::byte*>(memory) - alignment, sizeof size);
  return size;
}

}  // namespace

RequestMemory::RequestMemory() {
  if (!block.bytes) block.bytes = std::make_unique_for_overwrite<std::byte[]>(block_size);
  block.used = 0;
}

RequestMemory::~RequestMemory() { block.used = block_size; }

extern "C" {

void* stile_request_malloc(std::size_t size) {
  const std::size_t left = block_size - block.used;
  // In two steps: a size near the largest number must not wrap around.
  if (size > left || (size + alignment - 1) / alignment * alignment + alignment > left)
    return std::malloc(size);
  std::byte* piece = block.bytes.get() + block.used;
  std::memcpy(piece, &size, sizeof size);
  block.used += (size + alignment - 1) / alignment * alignment + alignment;
  return piece + alignment;
}

void* stile_request_realloc(void* memory, std::size_t size) {
  if (!is_in_block(memory)) return std::realloc(memory, size);
  const std::size_t before = size_of(memory);
  if (size <= before) return memory;
  void* larger = stile_request_malloc(size);
  if (larger != nullptr) std::memcpy(larger, memory, before);
  return larger;
}

void stile_request_free(void* memory) {
  if (!is_in_block(memory)) std::free(memory);
}

}  // extern "C"

}  // namespace stile::worker
