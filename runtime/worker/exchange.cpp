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
#include "worker/running_call.hpp"
#include "worker/standard_streams.hpp"

namespace stile::worker {
namespace {

// What a body may take before its bytes have come: a length is only a claim.
constexpr std::size_t first_room = 65'536;

// This process is one that a function forked: the connections are not its own.
bool is_copy = false;

class Run {
 public:
  Run(Turn& turn, Usage& usage, std::chrono::steady_clock::time_point came)
      : turn_(turn),
        usage_(usage),
        came_(came),
        had_to_wait_(turn.begin_run()),
        begun_(had_to_wait_ ? Clock::now() : came_) {
    usage_.call_begins(begun_);
  }
  ~Run() {
    const auto now = Clock::now();
    turn_.end_run(now - begun_);
    usage_.call_ends(now, now - came_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  bool had_to_wait() const { return had_to_wait_; }

 private:
  using Clock = std::chrono::steady_clock;
  Turn& turn_;
  Usage& usage_;
  Clock::time_point came_;
  bool had_to_wait_;
  Clock::time_point begun_;
};

class Peer final : public ClientConnection {
 public:
  explicit Peer(const FastCgiRequest& wire) : wire_(wire) {}
  bool is_gone() const override { return wire_.peer_is_gone(); }

 private:
  const FastCgiRequest& wire_;
};

Problem too_large(const Service& service) {
  return Problem(413, fmt::format("the body may have {} bytes at most", service.max_body));
}

// As nginx writes it: seconds, a point, milliseconds.
bool is_time(std::string_view text) {
  const auto may_stand = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), may_stand);
}

// Reads the body to its end, or the next request on this connection would begin within it. False where the
// stream broke; throws Problem where it is whole but not what was said.
bool receive_body(FastCgiRequest& wire, Incoming& incoming, const Service& service) {
  check_size(incoming, service);
  const bool is_said = incoming.content_length.has_value();
  const std::uint64_t most = incoming.content_length.value_or(service.max_body);
  std::string& body = incoming.parts.body;
  char byte = 0;
  if (!is_said) {  // most requests: there is no body, and no need of room for one
    if (wire.read({&byte, 1}) == 0) return wire.intact();
    body.push_back(byte);
  }
  while (body.size() < most) {
    const std::size_t before = body.size();
    body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most, std::max(first_room, 2 * before))));
    const std::size_t wanted = body.size() - before;
    const std::size_t got = wire.read({body.data() + before, wanted});
    if (got == wanted) continue;
    if (!wire.intact()) return false;
    if (is_said) throw Problem(400, "the body is shorter than its length says");
    body.resize(before + got);
    return true;
  }
  if (body.size() > most || wire.read({&byte, 1}) != 0) {
    throw is_said ? Problem(400, "the body is longer than its length says") : too_large(service);
  }
  return wire.intact();
}

bool is_credential(std::string_view cgi_name) {
  for (const auto* const word : {"AUTHORIZATION", "COOKIE", "KEY", "TOKEN", "SECRET", "PASSWORD"}) {
    if (cgi_name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Whether it was a guess: whoever just asks without a credential learns nothing by a 401, and any page can have its visitors
// ask. Of a guarded function the guard says so (RFC 6750, section 3.1), of others what they were sent.
bool was_guess(const Request& request, const Response& response, bool is_guarded) {
  const auto is_refusal = [](const auto& header) {
    return header.first == "WWW-Authenticate" &&
           header.second.find("error=\"invalid_token\"") != std::string::npos;
  };
  if (is_guarded) return std::any_of(response.headers().begin(), response.headers().end(), is_refusal);
  const auto& headers = request.headers();
  return !request.body().empty() || !request.query_string().empty() ||
         std::any_of(headers.begin(), headers.end(),
                     [](const HeaderField& field) { return is_credential(field.name); });
}

// Whoever has guessed too often is refused before his next guess is looked at.
std::optional<Problem> refusal_of_guesses(const RequestParts& parts, const Service& service) {
  if (service.refusals == nullptr) return std::nullopt;
  const auto wait = service.refusals->wait(parts.client_address, std::chrono::steady_clock::now());
  if (!wait) return std::nullopt;
  return Problem(429, "too many requests from this address were answered by 401; try again later")
      .with_header("Retry-After", std::to_string(wait->count()))
      .with_header("RateLimit-Policy",
                   RatePolicy{Refusals::at_once, Refusals::at_once * Refusals::apart}.field("refusals"))
      .with_header("RateLimit", fmt::format("\"refusals\";r=0;t={}", wait->count()));
}

// The whole answer, or nothing where there is nobody to answer. `keep` says whether the stream is still in
// step.
std::optional<std::string> answer(FastCgiRequest& wire, const Service& service, Locals& locals, Turn& turn,
                                  bool& keep) {
  Incoming incoming;
  std::optional<Problem> refusal;
  try {
    read_parameters(wire.parameters(), incoming);
  } catch (const Problem& problem) {
    refusal =
        problem;  // said once the body is in: a web server that still sends it would meet a closed connection
  }
  try {
    if (!receive_body(wire, incoming, service)) return std::nullopt;
  } catch (const Problem& problem) {
    return refuse(refusal.value_or(problem), incoming);
  }
  keep = wire.peer_keeps() && wire.in_step();
  if (refusal) return refuse(*refusal, incoming);
  const auto now = std::chrono::steady_clock::now();
  const Peer peer(wire);
  incoming.parts.deadline = wire.deadline(now);
  incoming.parts.client = &peer;
  const Run run(turn, service.usage, now);
  if (run.had_to_wait() && wire.peer_is_gone()) return std::nullopt;
  return run_function(incoming, service, locals);
}

}  // namespace

void check_size(const Incoming& incoming, const Service& service) {
  if (incoming.content_length.value_or(0) > service.max_body) throw too_large(service);
}

std::string refuse(const Problem& problem, const Incoming& incoming) {
  const bool head = incoming.parts.method == "HEAD";
  return render(problem_response(problem, incoming.parts.kept.empty() ? incoming.parts.id : ""),
                head ? BodyPart::left_out : BodyPart::included);
}

void watch_for_forks() {
  if (const int error = ::pthread_atfork(nullptr, nullptr, [] { is_copy = true; }); error != 0) {
    errno = error;
    posix::throw_errno("pthread_atfork");
  }
}

std::string run_function(Incoming& incoming, const Service& service, Locals& locals) {
  if (const auto problem = refusal_of_guesses(incoming.parts, service)) return refuse(*problem, incoming);
  const auto body = incoming.parts.method == "HEAD" ? BodyPart::left_out : BodyPart::included;
  const PrintsFor printing(incoming.parts.id);
  const RunningCall call(service.recorder, service.slow, incoming.parts);
  const auto kept = incoming.parts.kept;
  Request request(std::move(incoming.parts), service.log);
  Response response = service.dispatcher.handle(request, locals);
  if (is_copy) {
    request.log().error("the function forked and came back in the child, which ends here");
    ::_exit(1);
  }
  if (response.status() == 401 && service.refusals != nullptr &&
      was_guess(request, response, service.dispatcher.is_guarded()))
    service.refusals->count(request.client_address(), std::chrono::steady_clock::now());
  if (is_time(kept)) response.header("X-Stile-Made", kept);
  std::string text = render(response, body);
  if (response.status() >= 500 || text.empty()) service.usage.answer_has_failed();
  if (!text.empty()) return text;
  request.log().error("the function failed: its headers are larger than {} bytes", max_header_bytes);
  return render(problem_response(Problem(500), request.told_id()), body);
}

After serve_request(int fd, const Service& service, Locals& locals, Turn& turn) {
  FastCgiRequest wire(fd, turn, service.timeout);
  if (!wire.begin()) return After::end;
  bool keep = false;
  const auto text = answer(wire, service, locals, turn, keep);
  if (!text || !wire.finish(*text)) return After::end;
  if (keep) return After::keep;
  wire.discard_rest();
  return After::end;
}

}  // namespace stile::worker
