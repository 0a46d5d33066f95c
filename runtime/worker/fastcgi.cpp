#include "worker/fastcgi.hpp"

#include <fcgios.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

namespace stile::worker {
namespace {

[[maybe_unused]] const int initialized = FCGX_Init();  // it can't fail: OS_LibInit() below does nothing

// The request that this thread works on: libfcgi knows it by a descriptor alone.
thread_local FastCgiRequest* current = nullptr;

}  // namespace

FastCgiRequest::FastCgiRequest(int fd, Turn& turn, std::chrono::milliseconds limit)
    : fd_(fd), turn_(turn), limit_(limit) {
  current = this;
  FCGX_InitRequest(&request_, -1, 0);
  request_.ipcFd = fd;
  request_.keepConnection = 1;  // or beginning a request would end the connection, as that of a previous one
}

FastCgiRequest::~FastCgiRequest() {
  FCGX_Free(&request_, 0);
  current = nullptr;
}

bool FastCgiRequest::begin() {
  if (FCGX_Accept_r(&request_) != 0 || FCGX_GetError(request_.in) != 0) return false;
  peer_keeps_ = request_.keepConnection != 0;
  return intact();
}

std::size_t FastCgiRequest::read(std::span<char> room) {
  std::size_t size = 0;
  while (size < room.size()) {
    constexpr std::size_t at_once = 1 << 20;  // its sizes are int
    const int wanted = static_cast<int>(std::min(room.size() - size, at_once));
    const int got = FCGX_GetStr(room.data() + size, wanted, request_.in);
    size += static_cast<std::size_t>(got);
    if (got < wanted) break;
  }
  return size;
}

bool FastCgiRequest::peer_is_gone() const {
  pollfd peer{fd_, 0, 0};
  return ::poll(&peer, 1, 0) == 1;  // POLLHUP and POLLERR come unasked
}

bool FastCgiRequest::finish(std::string_view answer) {
  deadline_.reset();
  bool whole = true;
  while (!answer.empty() && whole) {
    constexpr std::size_t at_once = 1 << 20;
    const int size = static_cast<int>(std::min(answer.size(), at_once));
    whole = FCGX_PutStr(answer.data(), size, request_.out) == size;
    answer.remove_prefix(static_cast<std::size_t>(size));
  }
  request_.keepConnection = 1;  // ending it is for its owner, who has to tell others first
  FCGX_Finish_r(&request_);
  return whole && request_.ipcFd >= 0;  // what it could not send it takes for the connection's end
}

void FastCgiRequest::discard_rest() {
  std::array<char, 16'384> room;
  deadline_.reset();
  while (receive(room.data(), room.size()) > 0) {
  }
}

bool FastCgiRequest::in_time() {
  const auto now = Clock::now();
  if (!deadline_) deadline_ = now + limit_;
  return now < *deadline_;
}

bool FastCgiRequest::wait(short event) {
  if (!in_time() || !turn_.begin_wait()) return false;
  pollfd peer{fd_, event, 0};
  int count = -1;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now()).count();
    if (left <= 0) break;
    count = ::poll(&peer, 1, static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
  } while (count == 0 || (count == -1 && errno == EINTR));
  turn_.end_wait();
  return count == 1;
}

int FastCgiRequest::fail() {
  has_failed_ = true;
  return -1;
}

int FastCgiRequest::receive(char* room, std::size_t size) {
  if (framing_.is_complete() || framing_.is_broken()) return fail();
  // Whoever always has a few more bytes is never waited for, and has no longer than the others.
  if (std::exchange(has_read_, true) && !in_time()) return fail();
  while (true) {
    const ssize_t count = ::recv(fd_, room, size, MSG_DONTWAIT);
    if (count > 0) {
      const std::size_t got = static_cast<std::size_t>(count);
      const std::size_t taken = framing_.take({room, got});
      if (framing_.is_broken()) return fail();
      has_surplus_ = taken < got;
      return static_cast<int>(taken);
    }
    if (count == 0) return fail();
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait(POLLIN)) return fail();
  }
}

int FastCgiRequest::send(const char* bytes, std::size_t size) {
  while (true) {
    const ssize_t count = ::send(fd_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<int>(count);
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait(POLLOUT)) return -1;
  }
}

}  // namespace stile::worker

// The platform that libfcgi is linked with, instead of its own os_unix.c: all that fcgiapp.c asks for. So its reads pass
// Framing, its waits have an end, and it neither closes a connection that is lent nor installs a signal handler.
extern "C" {

int OS_LibInit(int*) { return 0; }
int OS_IsFcgi(int) { return 1; }
void OS_ShutdownPending() {}
int OS_Read(int, char* room, std::size_t size) { return stile::worker::current->receive(room, size); }
int OS_Write(int, char* bytes, std::size_t size) { return stile::worker::current->send(bytes, size); }
int OS_IpcClose(int, int) { return 0; }
// Connections are accepted elsewhere: libfcgi asks for another one where one has ended, and is told that there is none.
int OS_Accept(int, int, const char*) {
  errno = EBADF;
  return -1;
}
int OS_CreateLocalIpcFd(const char*, int) {
  errno = ENOSYS;
  return -1;
}

}  // extern "C"
