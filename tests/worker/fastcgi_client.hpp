// FastCGI (version 1.0) as a web server speaks it, by the byte: so that tests can also speak it wrongly.
// Knows nothing of workers. One thread for each connection; waits until a deadline at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "posix/fd.hpp"
#include "support/eventually.hpp"

namespace stile::test {

enum class RecordType : std::uint8_t {
  begin_request = 1,
  abort_request = 2,
  end_request = 3,
  params = 4,
  standard_input = 5,
  standard_output = 6,
  standard_error = 7,
  get_values = 9
};

using CgiParameters = std::vector<std::pair<std::string, std::string>>;

/// One record, padded to a multiple of eight bytes. Content of at most 65,535 bytes.
std::string record(RecordType type, std::string_view content, std::uint16_t request_id = 1);
std::string encode_parameters(const CgiParameters& parameters);

enum class Keep : std::uint8_t { connection = 1, nothing = 0 };

struct CgiRequest {
  std::string method = "GET";
  std::string uri{};
  std::string body{};
  CgiParameters
      more{};  ///< a name that stands here replaces the usual one; an empty value of "-" leaves it out
  Keep keep = Keep::connection;
  std::uint16_t role = 1;

  /// BEGIN_REQUEST, PARAMS, STDIN as nginx sends them.
  std::string bytes() const;
};

/// Those of a request, in the order in which they are sent.
CgiParameters all_parameters(const CgiRequest& request);

struct CgiAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string standard_error;

  std::string header(std::string_view name) const;
};

class FastCgiConnection {
 public:
  /// Connects to a Unix socket. Throws std::system_error.
  explicit FastCgiConnection(const std::string& path);
  /// Takes a connection that stands.
  explicit FastCgiConnection(posix::Fd socket);

  void send(std::string_view bytes) const;
  void send(const CgiRequest& request) const { send(request.bytes()); }
  /// Throws std::runtime_error where the other side closes first, breaks the protocol, or the time is up.
  CgiAnswer receive();
  CgiAnswer exchange(const CgiRequest& request) {
    send(request);
    return receive();
  }
  /// What comes until the other side closes. Throws where the time is up.
  std::string receive_rest();
  /// The next byte alone, before anything else is received; false where the other side has closed. Throws where the
  /// time is up.
  bool receive_byte() const;
  /// The other side has closed, and sent nothing before.
  bool is_closed_without_answer() { return receive_rest().empty(); }
  /// Ends our side.
  void finish_sending() const;
  void close() { socket_.reset(); }

 private:
  void wait_for_bytes() const;
  bool receive_some();
  void need(std::size_t size);

  posix::Fd socket_;
  std::string received_;
};

}  // namespace stile::test
