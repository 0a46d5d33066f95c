// JSON Schema (2020-12, as OpenAPI 3.1 takes it) of what functions read and write: built once, when a function is described.
// Knows no C++ type; json_type.hpp and described.hpp do. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stile/json_fwd.hpp>
#include <stile/rules.hpp>

namespace stile {

/// A JSON object in the making, whose members stay in their order. For schemas and what refers to them.
class Schema {
 public:
  // Compiled once: functions pass many of them.
  Schema();
  ~Schema();
  Schema(const Schema& other);
  Schema(Schema&& other) noexcept;
  Schema& operator=(const Schema& other);
  Schema& operator=(Schema&& other) noexcept;

  /// Puts a member there, or in the place of the one of that name; `json` is JSON text.
  Schema& set(std::string_view name, std::string json);
  Schema& set(std::string_view name, const Schema& object);
  Schema& set_text(std::string_view name, std::string_view text);
  /// Nullptr where there is none.
  const std::string* find(std::string_view name) const;
  bool empty() const { return members_.empty(); }
  /// All of it, as JSON.
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

/// What null may stand for too.
Schema or_null(Schema schema);

/// The components of one function's document, each built once, under its struct's name.
class Schemas {
 public:
  /// A reference to the component; `build` makes it where it is new. `identity` tells structs of one name apart: throws
  /// std::invalid_argument where two want it.
  Schema reference(const std::string& name, const void* identity, const std::function<Schema()>& build);
  /// By their names.
  const std::map<std::string, std::string>& all() const { return texts_; }

 private:
  std::map<std::string, const void*> identities_;
  std::map<std::string, std::string> texts_;
};

/// The rules of one value while its schema is built: each has to be taken by what it says something about, or its author
/// has made a mistake.
class RulesInUse {
 public:
  explicit RulesInUse(std::span<const Rule> rules);
  ~RulesInUse();
  RulesInUse(const RulesInUse&) = delete;

  /// Nullptr where there is none for what stands at this depth now.
  const Rule* take(Rule::Kind kind);
  void enter() { ++depth_; }
  void leave() { --depth_; }
  /// Throws std::invalid_argument where one was not taken: "PLACE: length fits no integer".
  void check_all_used(std::string_view place) const;

 private:
  std::span<const Rule> rules_;
  std::vector<bool> used_;
  std::uint8_t depth_ = 0;
};

namespace detail {
// Compiled once, in the library.
Schema integer_schema(RulesInUse& rules, std::int64_t low, std::uint64_t high);
Schema number_schema(RulesInUse& rules, std::string_view format);
Schema boolean_schema();
/// `format` may be empty.
Schema string_schema(RulesInUse& rules, std::string_view format);
Schema enum_schema(std::span<const std::string_view> names);
Schema bytes_schema(RulesInUse& rules);
Schema array_schema(RulesInUse& rules, bool is_set);
Schema fixed_array_schema(std::size_t size);
Schema map_schema(RulesInUse& rules);
/// description, examples, deprecated, writeOnly: of any value.
void annotate(Schema& schema, RulesInUse& rules);
/// What example() says: JSON, or else a text.
Json example_value(std::string_view json);
std::string_view rule_name(Rule::Kind kind);
/// Schema text of a JSON string.
std::string quoted_json(std::string_view text);
}  // namespace detail

}  // namespace stile
