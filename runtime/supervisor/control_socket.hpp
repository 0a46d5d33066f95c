// Where `stile status`, `stile reload` and their like ask the server that runs: a socket in its run directory, for its
// owner alone. A line comes, "VERB ARGUMENT"; one JSON object goes back, and the connection ends. Knows no verb. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "posix/fd.hpp"
#include "supervisor/event_loop.hpp"

namespace stile::supervisor {

class ControlSocket {
 public:
  /// Answers the one who asked; may be called at any time, or never. Safe where he has gone.
  using Answer = std::function<void(const std::string& json)>;
  using OnRequest = std::function<void(const std::string& verb, const std::string& argument, Answer answer)>;

  /// Listens at `path`, in place of whatever stands there. Throws Failure.
  ControlSocket(EventLoop& loop, std::string path, OnRequest on_request);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  struct Caller {
    posix::Fd fd;
    EventLoop::Watch watch;
    EventLoop::Timer limit;
    std::string text;  // what came, then what is to go out
  };
  void accept_one();
  void read_from(std::uint64_t key);
  void take_line(std::uint64_t key);
  void write_to(std::uint64_t key);

  EventLoop& loop_;
  std::string path_;
  OnRequest on_request_;
  posix::Fd listener_;
  EventLoop::Watch watch_;
  EventLoop::Timer accept_again_;
  std::uint64_t next_key_ = 1;
  std::map<std::uint64_t, Caller> callers_;
};

}  // namespace stile::supervisor
