// Conditional requests (RFC 9110, section 13): a client that has an answer already gets a 304 without a body, and one that
// would overwrite what it has not seen gets a 412. Pure; runs on the handler's thread.
#pragma once

#include <optional>
#include <string>

#include <stile/context.hpp>
#include <stile/time.hpp>

namespace stile {

/// What one state of a resource is told from others by (RFC 9110, section 8.8).
struct Validators {
  std::string etag{};                   ///< any text that is another one in each state: "7"; empty: none
  std::optional<Time> last_modified{};  ///< two changes within a second look alike: prefer an etag
};

/// A parameter: `conditional.check({.etag = note->revision});` before the answer is made, or what is sent is kept.
class Conditional {
 public:
  /// A request without conditions, for tests that call a function by itself.
  Conditional() = default;
  explicit Conditional(Context& context) : context_(&context) {}

  /// Answers at once where a condition of the request says so: 304 to GET and HEAD, a 412 problem else. Otherwise the answer
  /// gets ETag and Last-Modified. Call it once. That of a function which keeps what is sent tells of what was there before,
  /// so ETag and Last-Modified stand in answers to GET and HEAD alone.
  void check(const Validators& current) const;

 private:
  Context* context_ = nullptr;
};

namespace detail {

/// Thrown past the function: its answer is this one. No std::exception, so that nobody takes it for a failure.
struct EarlyAnswer {
  int status;
};

}  // namespace detail
}  // namespace stile
