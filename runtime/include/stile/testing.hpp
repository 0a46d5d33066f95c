// Calls of functions in process, for tests: a whole request through routing, parameters and problems, without
// a server. For programs made by stile_function_tests() (docs/writing-functions.md). One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <stile/access.hpp>
#include <stile/endpoint.hpp>
#include <stile/json.hpp>
#include <stile/problem.hpp>
#include <stile/response.hpp>

namespace stile::testing {

/// The methods by name: call(GET, "/api/notes/7"). Of others a string may be said.
using enum Method;
inline constexpr std::string_view HEAD = "HEAD";
inline constexpr std::string_view OPTIONS = "OPTIONS";

/// An answer's status: a number (answer.status == 200), which may also be asked for as a Response is (answer.status()).
class Status {
 public:
  constexpr explicit Status(int code) : code_(code) {}
  constexpr operator int() const { return code_; }  // NOLINT(google-explicit-constructor): it is one
  constexpr int operator()() const { return code_; }

 private:
  int code_;
};

/// What came back, and what was logged for it.
class Answer : public Response {
 public:
  Answer(Response response, std::vector<std::string> log)
      : Response(std::move(response)), status(Response::status()), log_(std::move(log)) {}
  Status status;
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
  std::optional<Caller>
      caller{};  ///< who calls, without a proof of it; scopes and roles are asked for all the same
};

/// Sends a request to the linked functions, whose routes begin with "/api": the one whose route wins answers
/// it. A path that is no function's gets 404. Never throws what a function throws: that is its answer.
Answer call(std::string_view method, std::string_view path, const Sending& sending = {});
/// With a JSON body.
Answer call(std::string_view method, std::string_view path, const Json& body);

inline Answer call(Method method, std::string_view path, const Sending& sending = {}) {
  return call(method_names.at(static_cast<std::size_t>(method)), path, sending);
}
inline Answer call(Method method, std::string_view path, const Json& body) {
  return call(method_names.at(static_cast<std::size_t>(method)), path, body);
}

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

namespace detail {
/// One entry of the table of replacements, while it lives.
class Replaced {
 public:
  Replaced(const std::type_info& type, void* object);
  ~Replaced();
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;
};
}  // namespace detail

/// As long as it lives, `object` stands for every T that the functions ask for, be it Local or Shared:
///
///     FakeStore fake;  // derived from NoteStore, or a NoteStore that is made in another way
///     const Replace<NoteStore> store(fake);
///
/// Of several for one T the youngest counts. What functions had kept in Local and Shared goes when it comes, and when it
/// goes. `object` has to outlive it, and nothing else is made of it: no T is constructed.
template <class T>
class Replace {
 public:
  explicit Replace(std::type_identity_t<T>& object) : replaced_(typeid(T), &object) {}

 private:
  detail::Replaced replaced_;
};

/// The functions of this program; the build defines it.
std::span<const Endpoint* const> linked_endpoints();

}  // namespace stile::testing
