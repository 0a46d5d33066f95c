// What of an operation's parameters, bodies and responses breaks its clients. Knows no paths and methods. Pure; one
// thread at a time.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "openapi/schema_diff.hpp"

namespace stile::openapi {

/// That member where it is an object (array), else an empty one.
const nlohmann::json& object_at(const nlohmann::json& value, const char* member);
const nlohmann::json& array_at(const nlohmann::json& value, const char* member);

/// By place and name; those of the path by their position in it, for a client does not see their names.
using Parameters = std::map<std::pair<std::string, std::string>, const nlohmann::json*>;
Parameters parameters_of(const nlohmann::json& document, const nlohmann::json& item,
                         const nlohmann::json& operation, const std::string& path);

class ContentDiff {
 public:
  /// A place (`query parameter "limit"`) and what has changed there.
  using Report = std::function<void(std::string place, std::string what)>;

  /// Both documents outlive it.
  ContentDiff(const nlohmann::json& before, const nlohmann::json& after, Report report)
      : before_(before), after_(after), schemas_(before, after), report_(std::move(report)) {}

  void compare_parameters(const Parameters& before, const Parameters& after);
  /// Of two operations.
  void compare_request_bodies(const nlohmann::json& before, const nlohmann::json& after);
  void compare_responses(const nlohmann::json& before, const nlohmann::json& after);
  SchemaDiff& schemas() { return schemas_; }

 private:
  void compare_parameter(const std::string& place, const nlohmann::json& before, const nlohmann::json& after);
  void compare_schemas(Direction direction, const std::string& place, const nlohmann::json& before,
                       const nlohmann::json& after);
  void compare_contents(Direction direction, const std::string& place, const nlohmann::json& before,
                        const nlohmann::json& after);
  void compare_response(const std::string& status, const nlohmann::json& before, const nlohmann::json& after);
  void compare_headers(const std::string& place, const nlohmann::json& before, const nlohmann::json& after);
  void compare_rest(const std::string& place, const nlohmann::json& before, const nlohmann::json& after,
                    const std::set<std::string>& known);

  const nlohmann::json& before_;
  const nlohmann::json& after_;
  SchemaDiff schemas_;
  Report report_;
};

}  // namespace stile::openapi
