// One endpoint, ready to be asked: Request -> Response. Knows no server and makes no system call of its own.
// One Dispatcher a worker; handle() may run on any number of threads at once, each with a Locals of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stile/context.hpp>
#include <stile/endpoint.hpp>
#include <stile/problem.hpp>
#include <stile/request.hpp>
#include <stile/response.hpp>

#include "endpoint/buckets.hpp"
#include "endpoint/gate.hpp"
#include "manifest/manifest.hpp"

namespace stile {

/// The manifest of an endpoint: its file's route, Allow list and settings. Throws std::invalid_argument.
Manifest describe(const Endpoint& endpoint);

/// Who is told what a bug was.
enum class Cause : std::uint8_t {
  logged,      ///< the log alone
  shown_here,  ///< clients on this machine too: the 500's member `debug` has the exception's type and what()
};

class Dispatcher {
 public:
  /// `endpoint` is borrowed for good. `route` is the whole one, prefix included.
  Dispatcher(const Endpoint& endpoint, Route route, Cause cause = Cause::logged);

  /// Never throws; every way ends in an answer. 404 where the raw path is not this route's own (whatever the
  /// web server thought), 405 with Allow, OPTIONS 204 with Allow, HEAD as GET (the body is left in the
  /// Response; whoever writes it leaves it out). Who calls is asked before anything of the function runs (401,
  /// 403). A Problem becomes its answer, anything else a 500 without detail (but see Cause) and one error line
  /// with the exception's what().
  Response handle(Request& request, Locals& locals) noexcept;

  const Route& route() const { return route_; }
  bool is_guarded() const { return gate_.is_guarded(); }

 private:
  Dispatcher(const Endpoint& endpoint, Route route, Cause cause, const Settings& settings);

  /// A request on its way through the steps around the endpoint.
  struct Call {
    const Request& request;
    Locals& locals;
    Endpoint::Handler method;
    const Caller* caller;
    std::vector<detail::HandedValue>& handed;
  };
  class BelowStep;

  Response run(Request& request, Locals& locals);
  /// "RateLimit" of an answer to this caller, empty where none are counted. Throws Problem 429.
  std::string count(const Caller& caller);
  Response ask(std::size_t left, const Call& call);
  template <class Run>
  Response answer(const Request& request, Run run);
  Response answer_bug(const Request& request, const char* what) const;

  const Endpoint& endpoint_;
  Route route_;
  std::string allow_;
  Cause cause_;
  detail::Gate gate_;
  std::string caller_rate_field_;
  std::optional<Buckets> callers_;
  std::vector<Endpoint::Handler> steps_;  // the outermost first
  Shareds shareds_;
};

/// A Problem as an answer: application/problem+json with type, title, status, detail and request_id (RFC
/// 9457).
Response problem_response(const Problem& problem, std::string_view request_id);

/// The CGI response (RFC 3875, section 6): "Status: 200 OK\r\n", headers, blank line, body (not for HEAD).
/// Where the header block is over `max_header_bytes` (nginx would answer 502 and, for a GET, ask again), an
/// empty string: the caller answers with a problem instead.
enum class BodyPart { included, left_out };
std::string render(const Response& response, BodyPart body);
inline constexpr std::size_t max_header_bytes = 8192;

}  // namespace stile
