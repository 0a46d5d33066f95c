#include "lending/counters.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "posix/error.hpp"

namespace stile::lending {

struct Counters::Page {
  std::uint64_t mark;  // tells it from whatever else may be open under its number
  std::atomic<std::uint64_t> begun;
  std::atomic<std::uint64_t> answered;
  std::atomic<std::uint64_t> failed;
  std::atomic<std::uint32_t> running;
  std::atomic<std::uint32_t> waiting;
  std::atomic<std::int64_t> last_active;
  std::array<std::atomic<std::uint64_t>, latency_buckets> latencies;
};

namespace {

using Page = Counters::Page;
using std::chrono::nanoseconds;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::size_t page_size = sizeof(Page);
constexpr std::uint64_t mark = 0x746e'6365'6c69'7473;  // "stilecnt"
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

}  // namespace

std::size_t bucket_of(nanoseconds time) {
  const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / 1000;
  if (microseconds < 4) return static_cast<std::size_t>(microseconds);
  const auto doublings = static_cast<unsigned>(std::bit_width(microseconds)) - 1;  // at least 2
  const auto quarter = (microseconds >> (doublings - 2)) & 3U;
  return std::min<std::size_t>(4 * (doublings - 1) + quarter, latency_buckets - 1);
}

nanoseconds longest_in(std::size_t bucket) {
  if (bucket < 4) return std::chrono::microseconds(bucket + 1);
  const auto shift = bucket / 4 - 1;
  return std::chrono::microseconds((4 + bucket % 4 + 1) << shift);
}

nanoseconds Counts::percentile(double share) const {
  double all = 0;
  for (const auto count : latencies) all += static_cast<double>(count);
  double below = 0;
  for (std::size_t bucket = 0; bucket < latencies.size(); ++bucket) {
    below += static_cast<double>(latencies[bucket]);
    if (below > 0 && below >= share * all) return longest_in(bucket);
  }
  return nanoseconds{0};
}

posix::Fd create_counters(const std::string& path) {
  posix::Fd file(path.empty()
                     ? ::memfd_create("stile-counters", MFD_CLOEXEC)
                     : ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  posix::check(file.get(), "make the file of counters");
  // Written rather than fallocate()d, which takes a millisecond on a disk while somebody waits for the worker.
  std::array<char, page_size> page{};
  std::memcpy(page.data(), &mark, sizeof(mark));
  if (::pwrite(file.get(), page.data(), page.size(), 0) != static_cast<ssize_t>(page.size())) {
    const int error = errno;
    if (!path.empty()) ::unlink(path.c_str());
    throw std::system_error(error, std::generic_category(), "make room for counters");
  }
  ::fchmod(file.get(), 0644);  // whatever the umask
  return file;
}

Counts read_counts(int file) {
  // Copied byte by byte where a worker writes at the same time: each number is one of those that it has written.
  struct {
    std::uint64_t mark, begun, answered, failed;
    std::uint32_t running, waiting;
    std::int64_t last_active;
    std::array<std::uint64_t, latency_buckets> latencies;
  } page{};
  static_assert(sizeof(page) == page_size);
  Counts counts;
  if (::pread(file, &page, sizeof(page), 0) != static_cast<ssize_t>(sizeof(page)) || page.mark != mark)
    return counts;
  counts.begun = page.begun;
  counts.answered = page.answered;
  counts.failed = page.failed;
  counts.running = page.running;
  counts.waiting = page.waiting;
  counts.last_active = nanoseconds(page.last_active);
  counts.latencies = page.latencies;
  return counts;
}

Counters::Counters(int file) {
  void* room = MAP_FAILED;
  std::uint64_t found = 0;
  if (::pread(file, &found, sizeof(found), 0) == static_cast<ssize_t>(sizeof(found)) && found == mark)
    room = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (room == MAP_FAILED)
    room = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) posix::throw_errno("mmap of the counters");
  page_ = static_cast<Page*>(room);
}

Counters::~Counters() { ::munmap(page_, page_size); }

void Counters::wait_begins() { page_->waiting.fetch_add(1, relaxed); }
void Counters::wait_ends() { page_->waiting.fetch_sub(1, relaxed); }

void Counters::call_begins(std::chrono::steady_clock::time_point now) {
  page_->begun.fetch_add(1, relaxed);
  page_->running.fetch_add(1, relaxed);
  page_->last_active.store(nanoseconds(now.time_since_epoch()).count(), relaxed);
}

void Counters::call_ends(std::chrono::steady_clock::time_point now, nanoseconds took) {
  page_->latencies[bucket_of(took)].fetch_add(1, relaxed);
  page_->last_active.store(nanoseconds(now.time_since_epoch()).count(), relaxed);
  page_->answered.fetch_add(1, relaxed);
  page_->running.fetch_sub(1, relaxed);
}

std::uint64_t Counters::answered() const { return page_->answered.load(relaxed); }

void Counters::answer_has_failed() { page_->failed.fetch_add(1, relaxed); }

}  // namespace stile::lending
