#include "lending/table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace stile::lending {
namespace {

posix::Fd copy_of(int descriptor) { return posix::Fd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)); }

constexpr ConnectionId connection{3, 7};

Table lent_table() {
  Table table = Table::create(8);
  table.store(connection, State::idle);
  return table;
}

State state_of(const Table& table) { return table.load(connection.index).state(); }

TEST_CASE("a connection's name survives the way through an epoll event") {
  CHECK(ConnectionId::of_key(ConnectionId{0xffff'fff0, 0x8000'0001}.key()) ==
        ConnectionId{0xffff'fff0, 0x8000'0001});
}

TEST_CASE("a word holds its generation and its state") {
  constexpr Word word(0xffff'ffff, State::poisoned);
  CHECK(word.generation() == 0xffff'ffff);
  CHECK(word.state() == State::poisoned);
}

TEST_CASE("an idle connection is claimed once") {
  Table table = lent_table();
  CHECK(table.claim(connection));
  CHECK_FALSE(table.claim(connection));
  CHECK(state_of(table) == State::busy);
}

TEST_CASE("a busy connection is not released, an idle one is, and then nobody claims it") {
  Table table = lent_table();
  REQUIRE(table.claim(connection));
  CHECK_FALSE(table.release(connection));
  REQUIRE(table.set_idle(connection));
  CHECK(table.release(connection));
  CHECK_FALSE(table.claim(connection));
  CHECK_FALSE(table.want(connection));
}

TEST_CASE("a holder whose connection is wanted stays the holder") {
  Table table = lent_table();
  CHECK_FALSE(table.want(connection));
  REQUIRE(table.claim(connection));
  CHECK(table.want(connection));
  CHECK_FALSE(table.set_idle(connection));
  CHECK(state_of(table) == State::busy);
  CHECK(table.set_idle(connection));
}

TEST_CASE("a mark of an earlier generation changes nothing") {
  Table table = lent_table();
  const ConnectionId earlier{connection.index, connection.generation - 1};
  CHECK_FALSE(table.claim(earlier));
  CHECK_FALSE(table.release(earlier));
  REQUIRE(table.claim(connection));
  CHECK_FALSE(table.want(earlier));
  CHECK(table.load(connection.index) == Word(connection.generation, State::busy));
}

TEST_CASE("two maps of one table see the same words") {
  Table owner = lent_table();
  Table borrower = Table::map(copy_of(owner.memory()));
  CHECK(borrower.size() == 8);
  REQUIRE(borrower.claim(connection));
  CHECK(state_of(owner) == State::busy);
}

TEST_CASE("a number beyond the table is refused") {
  Table table = Table::create(8);
  CHECK_THROWS_AS(table.load(8), std::out_of_range);
  CHECK_THROWS_AS(table.claim({8, 1}), std::out_of_range);
}

TEST_CASE("a borrower can neither shrink nor grow the table") {
  Table table = Table::create(8);
  CHECK(::ftruncate(table.memory(), 0) == -1);
  CHECK(::ftruncate(table.memory(), 1 << 20) == -1);
}

TEST_CASE("a descriptor that is no table is not mapped") {
  const posix::Fd unsealed(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(unsealed.get(), 64) == 0);
  CHECK_THROWS_AS(Table::map(copy_of(unsealed.get())), std::runtime_error);
  CHECK_THROWS_AS(Table::map(posix::Fd(-1)), std::system_error);
}

// What a worker does, as fast as threads can: handler threads meet events at any moment, a control thread
// takes connections away and (as the supervisor would) lends them again under the next generation.
class Contest {
 public:
  std::uint64_t run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([this] { handle(); });
    control();
    stop_ = true;
    for (auto& thread : threads) thread.join();
    return served_;
  }
  std::uint64_t intrusions() const { return intrusions_; }

 private:
  void read_alone() {
    if (readers_.fetch_add(1) != 0) ++intrusions_;
    ++unguarded_;  // a data race that ThreadSanitizer reports, if two threads ever hold the connection
    ++served_;
    readers_.fetch_sub(1);
  }

  void handle() {
    while (!stop_) {
      const ConnectionId id{0, generation_.load()};
      if (!table_.claim(id) && (table_.want(id) || !table_.claim(id))) continue;
      do {
        read_alone();
      } while (!table_.set_idle(id));
    }
  }

  void control() {
    for (std::uint32_t next = 2; next <= 20'000;) {
      const ConnectionId id{0, generation_.load()};
      if (!table_.release(id)) continue;
      read_alone();  // released: nobody else may touch it, the releaser closes it
      table_.store({0, next}, State::idle);
      generation_ = next++;
    }
  }

  Table table_ = [] {
    Table table = Table::create(1);
    table.store({0, 1}, State::idle);
    return table;
  }();
  std::atomic<std::uint32_t> generation_{1};
  std::atomic<bool> stop_{false};
  std::atomic<int> readers_{0};
  std::atomic<std::uint64_t> intrusions_{0};
  std::atomic<std::uint64_t> served_{0};
  std::uint64_t unguarded_ = 0;
};

TEST_CASE("whatever threads do, a connection has one reader at a time") {
  Contest contest;
  CHECK(contest.run() >= 20'000 - 1);
  CHECK(contest.intrusions() == 0);
}

}  // namespace
}  // namespace stile::lending
