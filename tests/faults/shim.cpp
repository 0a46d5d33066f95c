// Preloaded into a server, nginx and all: does what the environment says.
//
//   FAULT_CLOCK    given: the time of day is another day's at each look at it, be it before, after, or decades away
//
// Or one call of one system function fails, in one kind of its processes:
//
//   FAULT_PROCESS  "supervisor" or "worker"
//   FAULT_CALL     "accept4", "read", ...
//   FAULT_NUMBER   which of the calls, counted from 1 in each process that is of the kind
//   FAULT_FILE     gets a byte for each call that failed
//   FAULT_FROM     where it is given: nothing is counted before that file exists
//
// Only the first process of the kind that comes so far is hit: the file is not empty then.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

std::atomic<int> count{0};
int wanted = 0;
const char* wanted_call = "";
long armed_process = 0;
int hits = -1;
const char* from = nullptr;

// glibc gives a constructor what main() gets.
[[gnu::constructor]] void arm(int argc, char** argv, char**) {
  const char* process = std::getenv("FAULT_PROCESS");
  const char* call = std::getenv("FAULT_CALL");
  const char* number = std::getenv("FAULT_NUMBER");
  const char* file = std::getenv("FAULT_FILE");
  if (process == nullptr || call == nullptr || number == nullptr || file == nullptr || argc < 2) return;
  const bool is_worker = std::strcmp(argv[1], "--supervised") == 0;
  const bool is_supervisor = std::strcmp(argv[1], "serve") == 0;
  if (!(is_worker && std::strcmp(process, "worker") == 0) &&
      !(is_supervisor && std::strcmp(process, "supervisor") == 0))
    return;
  hits = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_APPEND | O_CLOEXEC));
  // Out of the way of numbers that mean something.
  const int away = static_cast<int>(::syscall(SYS_fcntl, hits, F_DUPFD_CLOEXEC, 900));
  ::syscall(SYS_close, hits);
  hits = away;
  from = std::getenv("FAULT_FROM");
  wanted_call = call;
  wanted = std::atoi(number);
  armed_process = ::syscall(SYS_getpid);
}

bool is_to_fail(const char* call, int error) {
  if (wanted == 0 || std::strcmp(call, wanted_call) != 0) return false;
  if (::syscall(SYS_getpid) != armed_process) return false;  // a child between fork and exec
  if (from != nullptr && ::syscall(SYS_access, from, F_OK) != 0) return false;
  if (++count != wanted) return false;
  struct stat status {};
  if (::syscall(SYS_fstat, hits, &status) == -1 || status.st_size != 0) return false;
  ::syscall(SYS_write, hits, "x", 1);
  errno = error;
  return true;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

timespec jumped(timespec now) {
  constexpr std::array<time_t, 5> days{0, 1, -1, 10'000, -10'000};
  static std::atomic<unsigned> looks{0};
  now.tv_sec += days.at(looks++ % days.size()) * 86'400;
  return now;
}

bool is_clock_jumping() {
  static const bool jumps = std::getenv("FAULT_CLOCK") != nullptr;
  return jumps;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME && is_clock_jumping()) *now = jumped(*now);
  return result;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec precise{};
  const int result = ::clock_gettime(CLOCK_REALTIME, &precise);
  *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return result;
}

#define FAULT(name, error, result, parameters, arguments)         \
  extern "C" result name parameters {                             \
    static const auto real = next<result(*) parameters>(#name);   \
    if (is_to_fail(#name, error)) return static_cast<result>(-1); \
    return real arguments;                                        \
  }

FAULT(accept4, EMFILE, int, (int fd, sockaddr* address, socklen_t* size, int flags),
      (fd, address, size, flags))
FAULT(epoll_wait, EINTR, int, (int set, epoll_event* events, int most, int timeout),
      (set, events, most, timeout))
FAULT(epoll_create1, EMFILE, int, (int flags) noexcept, (flags))
FAULT(read, EIO, ssize_t, (int fd, void* buffer, size_t size), (fd, buffer, size))
FAULT(pread, EIO, ssize_t, (int fd, void* buffer, size_t size, off_t at), (fd, buffer, size, at))
FAULT(write, ENOSPC, ssize_t, (int fd, const void* buffer, size_t size), (fd, buffer, size))
FAULT(writev, ENOSPC, ssize_t, (int fd, const struct iovec* parts, int count), (fd, parts, count))
FAULT(recv, ENOMEM, ssize_t, (int fd, void* buffer, size_t size, int flags), (fd, buffer, size, flags))
FAULT(send, ENOBUFS, ssize_t, (int fd, const void* buffer, size_t size, int flags), (fd, buffer, size, flags))
FAULT(recvmsg, ENOMEM, ssize_t, (int fd, msghdr* message, int flags), (fd, message, flags))
FAULT(sendmsg, ENOBUFS, ssize_t, (int fd, const msghdr* message, int flags), (fd, message, flags))
FAULT(socketpair, EMFILE, int, (int domain, int type, int protocol, int* ends) noexcept,
      (domain, type, protocol, ends))
FAULT(pipe2, EMFILE, int, (int* ends, int flags) noexcept, (ends, flags))
FAULT(memfd_create, EMFILE, int, (const char* name, unsigned flags) noexcept, (name, flags))

// Nothing may return between a vfork and what follows it, so that what does not fail is a fork.
extern "C" pid_t vfork() noexcept { return is_to_fail("vfork", EAGAIN) ? -1 : ::fork(); }

extern "C" void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t at) noexcept {
  static const auto real = next<void* (*)(void*, size_t, int, int, int, off_t)>("mmap");
  if (is_to_fail("mmap", ENOMEM)) return MAP_FAILED;
  return real(address, size, protection, flags, fd, at);
}

// EPOLL_CTL_ADD alone needs memory, and counts as one of max_user_watches: the other operations have nothing to fail for.
extern "C" int epoll_ctl(int set, int operation, int fd, epoll_event* event) noexcept {
  static const auto real = next<int (*)(int, int, int, epoll_event*)>("epoll_ctl");
  if (operation == EPOLL_CTL_ADD && is_to_fail("epoll_ctl", ENOSPC)) return -1;
  return real(set, operation, fd, event);
}

extern "C" int posix_fallocate(int fd, off_t at, off_t size) {
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  return is_to_fail("posix_fallocate", ENOSPC) ? ENOSPC : real(fd, at, size);
}

extern "C" int open(const char* path, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (is_to_fail("open", EMFILE)) return -1;
  return real(path, flags, mode);
}
