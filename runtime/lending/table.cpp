#include "lending/table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "posix/error.hpp"

namespace stile::lending {
namespace {

constexpr int sealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

void* map_words(int memory, std::size_t bytes) {
  void* words = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (words == MAP_FAILED) posix::throw_errno("mmap of the connection table");
  return words;
}

}  // namespace

Table Table::create(std::uint32_t size) {
  posix::Fd memory(
      posix::check(::memfd_create("stile-connections", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  const std::size_t bytes = std::size_t{size} * sizeof(std::uint64_t);
  posix::check(::ftruncate(memory.get(), static_cast<off_t>(bytes)), "ftruncate of the connection table");
  posix::check(::fcntl(memory.get(), F_ADD_SEALS, sealed), "F_ADD_SEALS");
  void* words = map_words(memory.get(), bytes);
  return {std::move(memory), words, size};
}

Table Table::map(posix::Fd memory) {
  struct stat status {};
  posix::check(::fstat(memory.get(), &status), "fstat of the connection table");
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals == -1 || (seals & sealed) != sealed || status.st_size <= 0 || status.st_size % 8 != 0) {
    throw std::runtime_error("the descriptor given is not a connection table");
  }
  void* words = map_words(memory.get(), static_cast<std::size_t>(status.st_size));
  return {std::move(memory), words, static_cast<std::uint32_t>(status.st_size / 8)};
}

Table::Table(posix::Fd memory, void* words, std::uint32_t size)
    : memory_(std::move(memory)), words_(static_cast<std::atomic<std::uint64_t>*>(words)), size_(size) {}

Table::Table(Table&& other) noexcept
    : memory_(std::move(other.memory_)),
      words_(std::exchange(other.words_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Table& Table::operator=(Table&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(words_, other.words_);
  std::swap(size_, other.size_);
  return *this;
}

Table::~Table() {
  if (words_ != nullptr) ::munmap(words_, std::size_t{size_} * sizeof(std::uint64_t));
}

std::atomic<std::uint64_t>& Table::word(std::uint32_t index) const {
  if (index >= size_) throw std::out_of_range("connection number beyond the table");
  return words_[index];
}

Word Table::load(std::uint32_t index) const {
  Word word;
  word.bits = this->word(index).load(std::memory_order_acquire);
  return word;
}

void Table::store(ConnectionId id, State state) {
  word(id.index).store(Word(id.generation, state).bits, std::memory_order_release);
}

bool Table::swap(ConnectionId id, State from, State to) {
  // Sequentially consistent, as a worker's "I am draining" is: of a thread that sets a connection idle and
  // then looks whether it is to leave, and one that says so and then releases what is idle, at least one sees
  // the other.
  std::uint64_t expected = Word(id.generation, from).bits;
  return word(id.index).compare_exchange_strong(expected, Word(id.generation, to).bits);
}

bool Table::claim(ConnectionId id) { return swap(id, State::idle, State::busy); }

bool Table::want(ConnectionId id) { return swap(id, State::busy, State::wanted); }

bool Table::set_idle(ConnectionId id) {
  if (swap(id, State::busy, State::idle)) return true;
  store(id, State::busy);
  return false;
}

bool Table::release(ConnectionId id) { return swap(id, State::idle, State::released); }

}  // namespace stile::lending
