// Who may call a function, as its manifest says it. Pure; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace stile {

/// How a caller proves who he is.
struct AccessScheme {
  enum class Kind : std::uint8_t { api_key, jwt, header, cookie };
  Kind kind = Kind::api_key;
  std::string name{};  ///< of the header or cookie that carries the proof

  bool operator==(const AccessScheme&) const = default;
};

constexpr auto api_key_header = "X-API-Key";

struct AccessPolicy {
  std::vector<AccessScheme> schemes;            ///< any one of them; none: everyone is let in
  std::vector<std::string> scopes;              ///< all of them
  std::vector<std::vector<std::string>> roles;  ///< of each list one

  bool is_guarded() const { return !schemes.empty(); }
  /// Throws std::invalid_argument where it can't be: a name that is none, a scope of everyone.
  void check() const;
  /// For people: "everyone", "API key or JWT, scope notes:write, role admin or owner".
  std::string in_words() const;

  nlohmann::json to_json() const;
  /// Throws std::invalid_argument that names the member that is missing, unknown or of a wrong type.
  static AccessPolicy parse(const nlohmann::json& object);
};

/// What proves somebody, for people: "an API key (header X-API-Key)".
std::string in_words(const AccessScheme& scheme);

}  // namespace stile
