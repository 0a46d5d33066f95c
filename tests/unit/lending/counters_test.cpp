#include "lending/counters.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::lending;
using namespace std::chrono_literals;

namespace {

const std::chrono::steady_clock::time_point moment{std::chrono::seconds(1234)};

}  // namespace

TEST_CASE("what a worker counts is read from its file") {
  const test::TemporaryDirectory folder;
  const auto file = create_counters(folder.file("counters"));
  Counters counters(file.get());
  counters.wait_begins();
  counters.call_begins(moment);
  counters.call_begins(moment + 1s);
  counters.call_ends(moment + 2s, 10us);
  counters.answer_has_failed();
  const auto counts = read_counts(posix::Fd(::open(folder.file("counters").c_str(), O_RDONLY)).get());
  CHECK(counts.begun == 2);
  CHECK(counts.answered == 1);
  CHECK(counts.failed == 1);
  CHECK(counts.running == 1);
  CHECK(counts.waiting == 1);
  CHECK(counts.last_active == (moment + 2s).time_since_epoch());
  CHECK(counts.latencies.at(bucket_of(10us)) == 1);
  CHECK(counters.answered() == 1);
}

TEST_CASE("counts of many threads add up") {
  const auto file = create_counters("");
  Counters counters(file.get());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        counters.call_begins(moment);
        counters.call_ends(moment, 1ms);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto counts = read_counts(file.get());
  CHECK(counts.begun == 40'000);
  CHECK(counts.answered == 40'000);
  CHECK(counts.running == 0);
  CHECK(counts.percentile(0.5) >= 1ms);
}

TEST_CASE("every time has its bucket, whose longest time is at most a quarter more") {
  std::size_t last = 0;
  for (std::chrono::nanoseconds time = 0ns; time < 24h * 3; time += time / 7 + 100ns) {
    const auto bucket = bucket_of(time);
    CAPTURE(time.count(), bucket);
    REQUIRE(bucket < latency_buckets);
    REQUIRE(bucket >= last);
    REQUIRE(longest_in(bucket) >= time);
    REQUIRE(longest_in(bucket) <= time + time / 4 + 1us);
    last = bucket;
  }
  CHECK(bucket_of(-5ns) == 0);
  CHECK(bucket_of(std::chrono::nanoseconds::max()) == latency_buckets - 1);
}

TEST_CASE("a percentile is that of the calls that were counted") {
  Counts counts;
  CHECK(counts.percentile(0.5) == 0ns);
  for (int i = 1; i <= 100; ++i) ++counts.latencies.at(bucket_of(i * 1ms));
  CHECK(counts.percentile(0.5) >= 50ms);
  CHECK(counts.percentile(0.5) < 63ms);
  CHECK(counts.percentile(0.99) >= 99ms);
  CHECK(counts.percentile(1) >= 100ms);
  // Whatever a worker writes.
  counts.latencies.fill(~std::uint64_t{0});
  CHECK(counts.percentile(0.99) > 0ns);
}

TEST_CASE("a file that is none, or was cut, counts nothing, and does no harm") {
  const test::TemporaryDirectory folder;
  const auto other = folder.write("other", std::string(100'000, 'x'));
  const posix::Fd strange(::open(other.c_str(), O_RDWR));
  CHECK(read_counts(strange.get()).begun == 0);
  Counters counters(strange.get());
  counters.call_begins(moment);
  CHECK(test::read_file(other) == std::string(100'000, 'x'));

  const auto cut = create_counters(folder.file("cut"));
  Counters(cut.get()).call_begins(moment);
  CHECK(read_counts(cut.get()).begun == 1);
  REQUIRE(::ftruncate(cut.get(), 100) == 0);
  CHECK(read_counts(cut.get()).begun == 0);
  CHECK(read_counts(-1).begun == 0);
  Counters(-1).call_begins(moment);
}

TEST_CASE("the file is its maker's to write and for all to read, and never takes another one's place") {
  const test::TemporaryDirectory folder;
  const auto path = folder.file("counters");
  const auto file = create_counters(path);
  struct stat status {};
  REQUIRE(::fstat(file.get(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0644U);
  CHECK(status.st_blocks > 0);  // it has its room on the disk
  CHECK_THROWS_AS(create_counters(path), std::system_error);
}
