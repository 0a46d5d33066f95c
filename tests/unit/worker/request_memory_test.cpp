#include "worker/request_memory.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

namespace stile::worker {
namespace {

using Sizes = std::initializer_list<std::size_t>;

// A piece filled with one letter, which nothing else may overwrite.
struct Piece {
  Piece(char a_letter, std::size_t a_size)
      : letter(a_letter), size(a_size), bytes(static_cast<char*>(stile_request_malloc(size))) {
    REQUIRE(bytes != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(bytes) % alignof(std::max_align_t) == 0);
    std::memset(bytes, letter, size);
  }
  bool is_whole() const { return std::string(bytes, size) == std::string(size, letter); }

  char letter;
  std::size_t size;
  char* bytes;
};

void allocate_and_release() {
  std::vector<Piece> pieces;
  // What libfcgi takes for a request, and beyond it all that the block has.
  for (const std::size_t size :
       Sizes{8192, 8192, 512, 0, 1, 15, 16, 17, 100, 40'000, 9'000, 9'000, 9'000, 24}) {
    pieces.emplace_back(static_cast<char>('a' + pieces.size()), size);
  }
  for (const Piece& piece : pieces) CHECK(piece.is_whole());
  for (const Piece& piece : pieces) stile_request_free(piece.bytes);
}

TEST_CASE("pieces of a request's memory do not overlap, in the block and beyond it") {
  const RequestMemory memory;
  allocate_and_release();
}

TEST_CASE("without a request, and in another thread, it comes from the heap") {
  allocate_and_release();
  const RequestMemory memory;
  std::thread(allocate_and_release).join();
}

TEST_CASE("the next request has the same block") {
  std::vector<void*> first;
  for (int request = 0; request < 3; ++request) {
    const RequestMemory memory;
    first.push_back(stile_request_malloc(100));
    stile_request_free(first.back());
  }
  CHECK(first == std::vector<void*>(3, first.front()));
}

TEST_CASE("a piece that grows keeps its bytes, within the block and out of it") {
  const RequestMemory memory;
  char* bytes = static_cast<char*>(stile_request_realloc(nullptr, 1));
  REQUIRE(bytes != nullptr);
  std::string expected(1, 'a');
  bytes[0] = 'a';
  for (const std::size_t size : Sizes{10, 100, 5'000, 20'000, 50'000, 100'000}) {
    bytes = static_cast<char*>(stile_request_realloc(bytes, size));
    REQUIRE(bytes != nullptr);
    CHECK(std::string(bytes, expected.size()) == expected);
    expected.assign(size, static_cast<char>('a' + size % 26));
    std::memcpy(bytes, expected.data(), size);
  }
  stile_request_free(bytes);
}

}  // namespace
}  // namespace stile::worker
