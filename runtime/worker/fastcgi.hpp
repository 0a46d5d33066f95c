// One FastCGI request on a connection that somebody else accepted, through libfcgi: its parameters, its body,
// its answer. Knows nothing of what they mean. With fastcgi.cpp the only place that sees fcgiapp.h, and that
// knows what libfcgi 2.4.2 does not do by itself. One thread; blocks as long as the socket's own time limits
// let it.
#pragma once

#include <fcgiapp.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace stile::worker {

class FastCgiRequest {
 public:
  /// Once for each process, before any of them: libfcgi's own set-up, without the signal handlers that it
  /// installs.
  static void initialize();

  /// Borrows the connection. An error of the peer or of the protocol closes it, whoever owns it: ask
  /// is_closed().
  explicit FastCgiRequest(int fd);
  /// Ends the request without an answer where finish() was not called.
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
  bool intact() const;
  /// After the body's end: bytes that do not belong to this request have been read along with it. They are
  /// lost with this object, so the connection must not be used again.
  bool read_ahead() const;

  /// Sends the answer, in one write where it is small. False where it did not all go out.
  bool finish(std::string_view answer);
  /// libfcgi has closed the descriptor.
  bool is_closed() const { return request_.ipcFd < 0; }

 private:
  FCGX_Request request_{};
  bool peer_keeps_ = false;
};

}  // namespace stile::worker
