// Who may call a function: `const Settings settings{.access = Access::api_key().scope("notes:write")};`
// docs/access.md says the rest. Values; any thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/json_fwd.hpp>
#include <stile/request.hpp>

namespace stile {

/// Who calls, as far as that has been proven. A parameter of functions that are guarded: `const Caller& caller`.
struct Caller {
  std::string
      id;  ///< of the API key, "sub" of the token, or what a check of one's own says: tells callers apart
  std::string name{};  ///< for people; of an API key, else empty
  std::vector<std::string> scopes{};
  std::vector<std::string> roles{};
  std::shared_ptr<const Json> claims{};  ///< all that a token says; nullptr elsewhere
  /// Who says who he is: "api_key", "jwt ISSUER", "cookie session". With the id it tells callers apart; Stile fills it in.
  std::string vouched_by{};

  bool has_scope(std::string_view scope) const;
  bool has_role(std::string_view role) const;
};

namespace detail {
class Scheme;
class Gate;
}  // namespace detail

class Access {
 public:
  /// Says who it is that has sent this; nothing where what was sent proves nobody: a 401. May throw a Problem.
  using Check = std::optional<Caller> (*)(const Request& request);

  static Access everyone();
  /// Whoever has one of the keys that `stile keys` makes, in the header X-API-Key.
  static Access api_key();
  /// Whoever has a JSON Web Token that stile.json's "jwt" accepts, in the header Authorization (RFC 6750).
  static Access jwt();
  /// Whoever `check` knows by a header or by a cookie of that name. It is asked where the request has one.
  static Access header(std::string name, Check check);
  static Access cookie(std::string name, Check check);

  /// Either of them lets in. What scopes and roles they ask for is asked of each.
  friend Access operator|(Access one, const Access& other) { return std::move(one).with(other); }

  /// The caller needs this scope too.
  Access scope(std::string name) &&;
  /// The caller needs one of these roles too.
  Access role(std::string name) &&;
  Access role(std::initializer_list<std::string> one_of) &&;
  /// A function, or a folder, may ask for more than the folders above it. For anything else it has to say this.
  Access despite_folder() &&;

  /// What is asked for, in words: "API key or JWT, scope notes:write".
  std::string in_words() const;

 private:
  friend class detail::Gate;
  explicit Access(std::shared_ptr<const detail::Scheme> scheme);
  Access() = default;
  Access with(const Access& other) &&;

  std::vector<std::shared_ptr<const detail::Scheme>> schemes_;  // any one of them; none: everyone
  std::vector<std::string> scopes_;                             // all of them
  std::vector<std::vector<std::string>> roles_;                 // of each list one
  bool is_despite_folder_ = false;
};

}  // namespace stile
