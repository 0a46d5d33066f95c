#include "worker/exchange.hpp"

#include <fmt/core.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "posix/error.hpp"
#include "worker/fastcgi.hpp"
#include "worker/standard_streams.hpp"

namespace stile::worker {
namespace {

// What a body may take before its bytes have come: a length is only a claim.
constexpr std::size_t first_room = 65'536;

// This process is one that a function forked: the connections are not its own.
bool is_copy = false;

class Run {
 public:
  explicit Run(Turn& turn) : turn_(turn), had_to_wait_(turn.begin_run()), begun_(Clock::now()) {}
  ~Run() { turn_.end_run(Clock::now() - begun_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  bool had_to_wait() const { return had_to_wait_; }

 private:
  using Clock = std::chrono::steady_clock;
  Turn& turn_;
  bool had_to_wait_;
  Clock::time_point begun_;
};

// Reads the body to its end, or the next request on this connection would begin within it. False where the
// stream broke; throws Problem where it is whole but not what was said.
bool receive_body(FastCgiRequest& wire, Incoming& incoming, const Service& service) {
  const std::uint64_t length = incoming.content_length;
  check_size(incoming, service);
  std::string& body = incoming.parts.body;
  while (body.size() < length) {
    const std::size_t before = body.size();
    body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, std::max(first_room, 2 * before))));
    const std::size_t wanted = body.size() - before;
    const std::size_t got = wire.read({body.data() + before, wanted});
    if (got < wanted) {
      if (wire.intact()) throw Problem(400, "the body is shorter than its length says");
      return false;
    }
  }
  char beyond = 0;
  if (wire.read({&beyond, 1}) != 0) throw Problem(400, "the body is longer than its length says");
  return wire.intact();
}

// The whole answer, or nothing where there is nobody to answer. `keep` says whether the stream is still in
// step.
std::optional<std::string> answer(FastCgiRequest& wire, const Service& service, Locals& locals, Turn& turn,
                                  bool& keep) {
  Incoming incoming;
  try {
    read_parameters(wire.parameters(), incoming);
    if (!receive_body(wire, incoming, service)) return std::nullopt;
  } catch (const Problem& problem) {
    return refuse(problem, incoming);
  }
  keep = wire.peer_keeps() && wire.in_step();
  const Run run(turn);
  if (run.had_to_wait() && wire.peer_is_gone()) return std::nullopt;
  return run_function(incoming, service, locals);
}

}  // namespace

void check_size(const Incoming& incoming, const Service& service) {
  if (incoming.content_length <= service.max_body) return;
  throw Problem(413, fmt::format("the body may have {} bytes at most", service.max_body));
}

std::string refuse(const Problem& problem, const Incoming& incoming) {
  const bool head = incoming.parts.method == "HEAD";
  return render(problem_response(problem, incoming.parts.id), head ? BodyPart::left_out : BodyPart::included);
}

void watch_for_forks() {
  if (const int error = ::pthread_atfork(nullptr, nullptr, [] { is_copy = true; }); error != 0) {
    errno = error;
    posix::throw_errno("pthread_atfork");
  }
}

std::string run_function(Incoming& incoming, const Service& service, Locals& locals) {
  const auto body = incoming.parts.method == "HEAD" ? BodyPart::left_out : BodyPart::included;
  const PrintsFor printing(incoming.parts.id);
  Request request(std::move(incoming.parts), service.log);
  const Response response = service.dispatcher.handle(request, locals);
  if (is_copy) {
    request.log().error("the function forked and came back in the child, which ends here");
    ::_exit(1);
  }
  std::string text = render(response, body);
  if (!text.empty()) return text;
  request.log().error("the function failed: its headers are larger than {} bytes", max_header_bytes);
  return render(problem_response(Problem(500), request.id()), body);
}

After serve_request(int fd, const Service& service, Locals& locals, Turn& turn) {
  FastCgiRequest wire(fd, turn, service.timeout);
  if (!wire.begin()) return After::end;
  bool keep = false;
  const auto text = answer(wire, service, locals, turn, keep);
  return text && wire.finish(*text) && keep ? After::keep : After::end;
}

}  // namespace stile::worker
