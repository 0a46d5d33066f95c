#include "worker/fastcgi.hpp"

#include <algorithm>
#include <csignal>

namespace stile::worker {
namespace {

constexpr int responder = 1;  // FCGI_RESPONDER: fastcgi.h is not installed

// How libfcgi's stream begins behind its `data` pointer: private to it, the same since its first release.
// Only here can be seen what it has read beyond a request. Where it does not look like one, read_ahead()
// answers true: connections are then closed after each request, which is slower and still right (and fails a
// test).
struct StreamData {
  const unsigned char* buffer;
  int buffer_size;
  const unsigned char* allocation;
  const unsigned char* buffer_end;
  int type;
  int stops_at_record;
  int skips;
  int content_left;
  int padding_left;
};

}  // namespace

void FastCgiRequest::initialize() {
  FCGX_Init();
  // It installs handlers that end the process in the midst of a request.
  for (const int number : {SIGUSR1, SIGTERM}) std::signal(number, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
}

FastCgiRequest::FastCgiRequest(int fd) {
  FCGX_InitRequest(&request_, -1, 0);
  request_.ipcFd = fd;
  request_.keepConnection = 1;  // or beginning a request would close it, as the end of a previous one
  FCGX_Detach(&request_);       // or closing it on an error would wait for the peer for up to two seconds
}

FastCgiRequest::~FastCgiRequest() {
  if (request_.in == nullptr) return;
  FCGX_Free(&request_, 0);
}

bool FastCgiRequest::begin() {
  if (FCGX_Accept_r(&request_) != 0) return false;
  peer_keeps_ = request_.keepConnection != 0;
  // It also says 0 where the peer stopped between two parameters, and for other roles.
  return intact() && request_.role == responder;
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

bool FastCgiRequest::intact() const { return FCGX_GetError(request_.in) == 0; }

bool FastCgiRequest::read_ahead() const {
  const auto* data = static_cast<const StreamData*>(request_.in->data);
  const unsigned char* next = request_.in->rdNext;
  const bool as_expected = data->buffer <= next && next <= data->buffer_end &&
                           data->buffer_end <= data->buffer + data->buffer_size;
  return !as_expected || next != data->buffer_end || data->padding_left != 0 || data->content_left != 0;
}

bool FastCgiRequest::finish(std::string_view answer) {
  bool whole = true;
  while (!answer.empty() && whole) {
    constexpr std::size_t at_once = 1 << 20;
    const int size = static_cast<int>(std::min(answer.size(), at_once));
    whole = FCGX_PutStr(answer.data(), size, request_.out) == size;
    answer.remove_prefix(static_cast<std::size_t>(size));
  }
  request_.keepConnection = 1;  // closing it is for its owner, who has to tell others first
  FCGX_Finish_r(&request_);
  return whole && !is_closed();
}

}  // namespace stile::worker
