// What of two schemas, one before and one after, breaks whoever relied on the first. Knows no operations. Pure; one
// thread at a time.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "openapi/schema_shape.hpp"

namespace stile::openapi {

enum class Direction {
  request,  ///< what was taken before must be taken after
  response  ///< what comes after must be what could come before
};

struct SchemaChange {
  std::string pointer;  ///< "/tags/items"; "/*" stands for members that are not named; empty for the whole
  std::string what;     ///< "is required now"
};

class SchemaDiff {
 public:
  /// Both documents outlive it, and are nested no deeper than `deepest`.
  static constexpr std::size_t deepest = 256;
  SchemaDiff(const nlohmann::json& before, const nlohmann::json& after) : before_(before), after_(after) {}

  /// The changes of one place that break. A pair of schemas is looked at once, so that recursive ones end and a change
  /// in what several members share is named at the first of them. All calls together take a bounded time: where that
  /// is used up, a change says that the rest was not compared.
  std::vector<SchemaChange> changes(Direction direction, const Schemas& before, const Schemas& after);

  /// Whether two values of the documents are the same but for annotations, with what their references lead to.
  bool same(const nlohmann::json& before, const nlohmann::json& after);

 private:
  struct Operand {
    Schemas schemas;
    Schemas chosen{};  ///< groups of which an alternative is among the schemas
    friend auto operator<=>(const Operand&, const Operand&) = default;
  };
  using Pair = std::pair<Operand, Operand>;
  struct Alternative {
    Operand operand;
    std::string label;  ///< by which it is found again: the value of its tag, its name, its type
    bool named = true;  ///< else only its type is known
  };
  /// Before and after, and which of them must lie within the other.
  struct Sides {
    const Shape& before;
    const Shape& after;
    const Shape& narrow;
    const Shape& wide;
  };

  bool asked() const { return direction_ == Direction::request; }
  void report(const std::string& pointer, std::string what);
  void report(const std::string& pointer, std::string of_request, std::string of_response);
  bool may_go_on(std::size_t cost);
  void compare(Operand before, Operand after, const std::string& pointer);
  void compare_shapes(const Sides& sides, const std::string& pointer);
  void compare_types(const Sides& sides, const std::string& pointer);
  void compare_values(const Sides& sides, const std::string& pointer);
  void compare_formats(const Sides& sides, const std::string& pointer);
  void compare_bounds(const Sides& sides, const std::string& pointer);
  void compare_patterns(const Sides& sides, const std::string& pointer);
  void compare_required(const Sides& sides, const std::string& pointer);
  void compare_members(const Sides& sides, const std::string& pointer);
  void compare_additional(const Sides& sides, const std::string& pointer);
  void compare_elements(const Sides& sides, const std::string& pointer);
  void compare_others(const Sides& sides, const std::string& pointer);
  void compare_alternatives(const Operand& before, const Operand& after, const Sides& sides,
                            const std::string& pointer);
  std::vector<Alternative> alternatives(const nlohmann::json& document, const Operand& operand,
                                        const Shape& shape) const;
  bool fits(const Alternative& before, const Alternative& after, const std::string& pointer);

  const nlohmann::json& before_;
  const nlohmann::json& after_;
  Direction direction_ = Direction::request;
  std::vector<SchemaChange> found_;
  std::set<Pair> seen_;  ///< in this place
  std::vector<Pair> seen_order_;
  std::map<Direction, std::set<Pair>> fine_;  ///< in an earlier place, with all that they lead to
  std::size_t depth_ = 0;
  std::size_t work_ = 0;
  bool exhausted_ = false;  ///< in this place
  bool gave_up_ = false;
};

}  // namespace stile::openapi
