// The socket over which a service tells systemd how it is (sd_notify(3)), with the test as systemd. One thread.
#pragma once

#include <chrono>
#include <string>

#include "posix/fd.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

class NotificationSocket {
 public:
  enum class Where { path, abstract };
  explicit NotificationSocket(Where where = Where::path);

  /// As NOTIFY_SOCKET names it.
  const std::string& name() const { return name_; }
  int fd() const { return socket_.get(); }
  /// The next message. Throws where the time is up.
  std::string receive(std::chrono::milliseconds within = patience) const;
  /// One comes within that time, or has come.
  bool has_pending(std::chrono::milliseconds within = std::chrono::milliseconds{0}) const;

 private:
  TemporaryDirectory directory_;
  std::string name_;
  posix::Fd socket_;
};

}  // namespace stile::test
