#include "stile/context.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace stile;

namespace {

struct Counter {
  int value = 0;
};

struct Other {
  int value = 7;
};

// Fails as often as it is told to.
struct Moody {
  static inline int failures = 0;
  Moody() {
    if (failures-- > 0) throw std::runtime_error("database is locked");
  }
};

struct ThrowsNumber {
  ThrowsNumber() { throw 7; }
};

struct ThrowsUnavailable {
  ThrowsUnavailable() { throw Unavailable("in its own words"); }
};

struct Slow {
  static inline std::atomic<int> made = 0;
  Slow() {
    ++made;
    std::this_thread::yield();
  }
  std::atomic<int> uses = 0;
};

template <class T>
std::string cause_of() {
  Locals locals;
  try {
    locals.get<T>();
    return "made";
  } catch (const Unavailable& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("A local object is made once and kept") {
  Locals locals;
  locals.get<Counter>().value = 5;
  CHECK(locals.get<Counter>().value == 5);
  CHECK(locals.get<Other>().value == 7);
  CHECK(&locals.get<Counter>() == &locals.get<Counter>());
}

TEST_CASE("Each thread's locals are its own") {
  Locals one, two;
  one.get<Counter>().value = 5;
  CHECK(two.get<Counter>().value == 0);
}

TEST_CASE("A test may put an object of its own in place") {
  Locals locals;
  const auto counter = std::make_shared<Counter>(Counter{9});
  locals.set(counter);
  CHECK(&locals.get<Counter>() == counter.get());
}

TEST_CASE("What can't be made is unavailable, and is tried again the next time") {
  Locals locals;
  Moody::failures = 2;
  for (int time = 0; time < 2; ++time) {
    CHECK_THROWS_AS(locals.get<Moody>(), Unavailable);
  }
  CHECK_NOTHROW(locals.get<Moody>());

  Shareds shareds;
  Moody::failures = 1;
  CHECK_THROWS_AS(shareds.get<Moody>(), Unavailable);
  CHECK_NOTHROW(shareds.get<Moody>());
}

TEST_CASE("The cause of an unavailable object is kept") {
  Moody::failures = 1;
  CHECK(cause_of<Moody>() == "database is locked");
  CHECK(cause_of<ThrowsUnavailable>() == "in its own words");
  CHECK(cause_of<ThrowsNumber>() == "an exception that is no std::exception");
}

TEST_CASE("A shared object is made once for all threads") {
  Shareds shareds;
  Slow::made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int use = 0; use < 100; ++use) ++shareds.get<Slow>().uses;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(Slow::made == 1);
  CHECK(shareds.get<Slow>().uses == 800);
}
