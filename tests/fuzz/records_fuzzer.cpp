// Whatever comes over a worker's socket: the function runs only for a whole request, and what is answered are records.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include <stile/json.hpp>

#include "fuzz/fuzzer.hpp"
#include "posix/fd.hpp"
#include "worker/exchange.hpp"
#include "worker/framing.hpp"

using namespace stile;
using namespace stile::worker;

namespace {

class Silence : public LogSink {
 public:
  void write(Level, std::string_view, std::string_view) noexcept override {}
};

class Alone : public Turn {
 public:
  bool begin_wait() override { return false; }  // the input has ended: nothing is worth waiting for
  void end_wait() override {}
  bool begin_run() override { return false; }
  void end_run(std::chrono::nanoseconds) override {}
};

int runs = 0;

Response echo(Context& context) {
  ++runs;
  const Request& request = context.request;
  Json answer{{"path", std::string(request.path())}, {"body", request.body().size()}};
  for (const auto& header : request.headers()) answer["headers"].push_back(std::string(header.value));
  for (const auto& pair : request.query()) answer["query"].push_back(pair.name);
  for (const auto& pair : request.cookies()) answer["cookies"].push_back(pair.name);
  if (request.header("Content-Type")) answer["json"] = request.json();
  return Response::json(answer);
}

const Endpoint endpoint{
    .file = "functions/{path...}.cpp", .name = "{path...}", .handlers = {echo, echo, echo, echo, echo}};

// Requests that are whole, by the framing alone. The padding of the last record tells nothing, and may be missing.
int whole_requests(std::string_view input) {
  const std::string padded = std::string(input) + std::string(255, '\0');
  std::string_view bytes = padded;
  int count = 0;
  while (!bytes.empty()) {
    Framing framing;
    bytes.remove_prefix(framing.take(bytes));
    if (!framing.is_complete()) break;
    ++count;
  }
  return count;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65'536> room{};
  for (ssize_t size = 0; (size = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  return text;
}

void check_records(std::string_view answer) {
  while (!answer.empty()) {
    test::require(answer.size() >= 8 && answer[0] == 1, "an answer is records");
    const auto type = answer[1];
    test::require(type == 3 || type == 6 || type == 7, "END_REQUEST, STDOUT, STDERR");
    const auto byte = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(answer[at]));
    };
    const std::size_t size = 8 + byte(4) * 256 + byte(5) + byte(6);
    test::require(size <= answer.size(), "and they are whole");
    answer.remove_prefix(size);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 100'000) return 0;  // fits a socket's buffer
  static Dispatcher dispatcher(endpoint, Route::parse("/{path...}"));
  static Silence silence;
  static Locals locals;
  static Usage usage(-1, -1, {});
  static lending::Recorder recorder(-1);
  const Service service{dispatcher, silence, 50'000, std::chrono::milliseconds(1000), usage, recorder};

  std::array<int, 2> ends{};
  test::require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
  const posix::Fd client(ends[0]);
  const posix::Fd server(ends[1]);
  const auto bytes = test::as_text(data, size);
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t sent = ::send(client.get(), left.data(), left.size(), MSG_DONTWAIT);
    test::require(sent > 0, "the input fits");
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  ::shutdown(client.get(), SHUT_WR);

  runs = 0;
  errno = 0;  // as a thread begins: what a system call has left there must not matter
  Alone turn;
  int served = 0;
  while (serve_request(server.get(), service, locals, turn) == After::keep) ++served;
  test::require(runs <= whole_requests(bytes), "the function runs for whole requests alone");
  test::require(served <= runs + whole_requests(bytes), "and each is answered once");
  check_records(read_all(client.get()));
  return 0;
}
