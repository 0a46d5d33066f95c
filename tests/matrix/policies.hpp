// The table: each policy that a manifest can declare, who enforces it, and how that is seen. A member of a manifest that
// stands in no row is a policy that nobody has thought through.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "matrix/subject.hpp"

namespace stile::test {

enum class By { nginx, worker, supervisor };

/// What was seen of one policy at one function.
struct Seen {
  bool declared = false;    ///< by the manifest alone
  std::set<By> by{};        ///< who was seen to enforce it
  bool documented = false;  ///< whether OpenAPI says it
  std::set<By> unasked{};   ///< who could not be asked, and why is said beside it
};

struct Policy {
  std::string name;
  std::set<std::string> members;  ///< of a manifest: "limits.rate.burst"
  std::set<By> by;                ///< who enforces it where it is declared; nobody else does
  bool documented = false;        ///< whether OpenAPI has a place for it
  std::function<Seen(Subject&)> look{};
  std::string elsewhere{};  ///< the test that sees what a single request can't show
};

const std::vector<Policy>& policies();

/// All members of a manifest, dotted, without the values: "limits.rate.burst".
std::set<std::string> members_of(const nlohmann::json& manifest);
/// Those of them that stand in no row.
std::set<std::string> members_without_row(const nlohmann::json& manifest);

Seen look_at_route(Subject& subject);
Seen look_at_methods(Subject& subject);
Seen look_at_parameters(Subject& subject);
Seen look_at_access(Subject& subject);
Seen look_at_guesses(Subject& subject);
Seen look_at_body(Subject& subject);
Seen look_at_rate(Subject& subject);
Seen look_at_caller_rate(Subject& subject);
Seen look_at_cache(Subject& subject);
Seen look_at_cors(Subject& subject);
Seen look_at_conditions(Subject& subject);

}  // namespace stile::test
