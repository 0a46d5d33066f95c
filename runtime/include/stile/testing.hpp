// Calls of functions in process, for tests: a whole request through routing, parameters and problems, without
// a server. For programs made by stile_function_tests() (docs/writing-functions.md). One thread at a time.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/endpoint.hpp>
#include <stile/json.hpp>
#include <stile/response.hpp>

namespace stile::testing {

/// What came back, and what was logged for it.
class Answer : public Response {
 public:
  Answer(Response response, std::vector<std::string> log)
      : Response(std::move(response)), log_(std::move(log)) {}
  /// The body as JSON. Throws Problem where it is none.
  Json json() const { return parse_json(body()); }
  /// "W the text", with the level's first letter.
  const std::vector<std::string>& log() const { return log_; }

 private:
  std::vector<std::string> log_;
};

/// What is sent beside method and path.
struct Sending {
  std::vector<std::pair<std::string, std::string>> headers{};  ///< {"X-Trace", "7"}
  std::string content_type{};
  std::string body{};
};

/// Sends a request to the linked functions, whose routes begin with "/api": the one whose route wins answers
/// it. A path that is no function's gets 404. Never throws what a function throws: that is its answer.
Answer call(std::string_view method, std::string_view path, const Sending& sending = {});
/// With a JSON body.
Answer call(std::string_view method, std::string_view path, const Json& body);

/// A fresh state directory: state_dir() is this one until it goes, with all that was kept in Local and
/// Shared.
class TemporaryState {
 public:
  TemporaryState();
  ~TemporaryState();
  TemporaryState(const TemporaryState&) = delete;
  TemporaryState& operator=(const TemporaryState&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The functions of this program; the build defines it.
std::span<const Endpoint* const> linked_endpoints();

}  // namespace stile::testing
