// One FastCGI request on a connection that somebody else accepted, through libfcgi: its parameters, its body,
// its answer. Knows nothing of what they mean. With fastcgi.cpp the only place that sees fcgiapp.h, and that
// knows what libfcgi 2.4.2 does not do by itself. One thread, one request at a time on it; waits for its peer until a
// deadline.
#pragma once

#include <fcgiapp.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "worker/framing.hpp"
#include "worker/request_memory.hpp"
#include "worker/turn.hpp"

namespace stile::worker {

class FastCgiRequest {
 public:
  /// Borrows the connection, which it never closes, and `turn`, which hears of every wait for the peer. `limit` is what
  /// the request may take to come in whole, and again what its answer may take to go out.
  FastCgiRequest(int fd, Turn& turn, std::chrono::milliseconds limit);
  ~FastCgiRequest();
  FastCgiRequest(const FastCgiRequest&) = delete;
  FastCgiRequest& operator=(const FastCgiRequest&) = delete;

  /// Waits for a request and reads all of its parameters. False where none came that is whole and for a
  /// responder: then there is nothing to answer.
  bool begin();

  /// "NAME=value" strings up to a null pointer; valid until finish().
  const char* const* parameters() const { return request_.envp; }
  /// The peer wants the connection for further requests.
  bool peer_keeps() const { return peer_keeps_; }

  /// Fills `room` with the body's next bytes. Fewer than asked for: the body has ended, or the stream is
  /// broken.
  std::size_t read(std::span<char> room);
  /// False after an abort, a protocol error, a lost or a silent peer: the function must not run.
  bool intact() const { return !has_failed_; }
  /// The body has been read to its end, and nothing came after it: the connection is at a record boundary.
  bool in_step() const { return framing_.is_complete() && !has_surplus_; }
  /// When its time is up, the function's included: the limit after its first bytes came. `now` where it has not been waited
  /// for, which is when they came.
  std::chrono::steady_clock::time_point deadline(std::chrono::steady_clock::time_point now) const {
    return deadline_.value_or(now + limit_);
  }
  /// The peer has closed its end: there is nobody to answer.
  bool peer_is_gone() const;

  /// Sends the answer, in one write where it is small. False where it did not all go out.
  bool finish(std::string_view answer);
  /// Before a connection is ended: reads what is left of the request, until its end, the peer's, or the limit. Apache and
  /// Caddy write a body to its end before they look for the answer, and would find the connection broken instead.
  void discard_rest();

  // What libfcgi asks its platform for (fcgios.h): fastcgi.cpp. -1 ends the stream.
  int receive(char* room, std::size_t size);
  int send(const char* bytes, std::size_t size);

 private:
  using Clock = std::chrono::steady_clock;
  int fail();
  bool wait(short event);
  bool in_time();

  int fd_;
  Turn& turn_;
  std::chrono::milliseconds limit_;
  std::optional<Clock::time_point>
      deadline_;  // set by what follows the first read: most requests are there at once
  Framing framing_;
  bool has_read_ = false;
  bool has_failed_ = false;  // libfcgi forgets it where errno was 0, and where parameters end behind a value
  bool has_surplus_ = false;
  bool peer_keeps_ = false;
  RequestMemory memory_;  // before and after what libfcgi allocates
  FCGX_Request request_{};
};

}  // namespace stile::worker
