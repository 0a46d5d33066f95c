#include "supervisor/worker_file.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace stile::supervisor;
using namespace std::chrono_literals;

TEST_CASE("the name of a worker's file says which process it is, and how long a request of it may take") {
  const auto name = worker_file_name("todos.id@3", {1234, 5678, 30s});
  CHECK(name == "todos.id@3.1234-5678-30000");
  const auto file = parse_worker_file(name);
  REQUIRE(file);
  CHECK(file->pid == 1234);
  CHECK(file->start_time == 5678);
  CHECK(file->timeout == 30s);
}

TEST_CASE("what is no name of a worker's file is none") {
  for (const auto* name :
       {"", "x", "a@0", "a@0.", "a@0.12", "a@0.12-1", "a@0.12-1-", "a@0.0-1-1", "a@0.-5-1-1", "a@0.12-1-1x",
        "a@0.12-x-1", "a.12-1-1", "a@0.~", "a@0.99999999999-1-1", "a@0.12-1--1"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_worker_file(name));
  }
}

TEST_CASE("when a process began is known while there is one") {
  CHECK(start_time(::getpid()) > 0);
  CHECK(start_time(::getpid()) == start_time(::getpid()));
  CHECK(start_time(::getppid()) <= start_time(::getpid()));
  CHECK(start_time(-1) == 0);
}
