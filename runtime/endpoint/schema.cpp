#include "stile/schema.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "stile/json_type.hpp"

namespace stile {
namespace {

using Kind = Rule::Kind;

std::string number_text(detail::Number number) {
  switch (number.kind) {
    case detail::Number::Kind::negative:
      return fmt::format("{}", static_cast<std::int64_t>(number.bits));
    case detail::Number::Kind::integer:
      return fmt::format("{}", number.bits);
    default:
      break;
  }
  std::string text;
  detail::write_number(text, number.as_double());
  return text;
}

void set_counts(Schema& schema, const Rule* rule, const char* least, const char* most) {
  if (rule == nullptr) return;
  if (rule->low.bits > 0) schema.set(least, number_text(rule->low));
  if (rule->high.bits != detail::no_limit) schema.set(most, number_text(rule->high));
}

// From one bound to the other there must be something.
void check_bounds(const Rule& rule) {
  const bool is_count = rule.kind == Kind::length || rule.kind == Kind::items;
  const bool is_empty = is_count ? rule.low.bits > rule.high.bits
                                 : rule.kind == Kind::range && rule.low.is_set() && rule.high.is_set() &&
                                       rule.low.as_double() > rule.high.as_double();
  if (is_empty) {
    throw std::invalid_argument(fmt::format("{}({}, {}) leaves nothing", detail::rule_name(rule.kind),
                                            number_text(rule.low), number_text(rule.high)));
  }
}

// OpenAPI 3.1, Components Object: keys.
bool is_component_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;
Schema::Schema(const Schema& other) = default;
Schema::Schema(Schema&& other) noexcept = default;
Schema& Schema::operator=(const Schema& other) = default;
Schema& Schema::operator=(Schema&& other) noexcept = default;

Schema& Schema::set(std::string_view name, const Schema& object) { return set(name, object.text()); }

Schema& Schema::set(std::string_view name, std::string json) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const auto& member) { return member.first == name; });
  if (found != members_.end()) {
    found->second = std::move(json);
  } else {
    members_.emplace_back(name, std::move(json));
  }
  return *this;
}

Schema& Schema::set_text(std::string_view name, std::string_view text) {
  return set(name, detail::quoted_json(text));
}

const std::string* Schema::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const auto& member) { return member.first == name; });
  return found == members_.end() ? nullptr : &found->second;
}

std::string Schema::text() const {
  std::string text = "{";
  for (const auto& [name, json] : members_) {
    if (text.size() > 1) text += ',';
    detail::write_string(text, name);
    text += ':';
    text += json;
  }
  return text + "}";
}

Schema or_null(Schema schema) {
  if (schema.empty()) return schema;  // takes anything already
  const auto* type = schema.find("type");
  if (type == nullptr || type->front() != '"') {
    Schema either;
    either.set("anyOf", fmt::format("[{},{{\"type\":\"null\"}}]", schema.text()));
    return either;
  }
  schema.set("type", fmt::format("[{},\"null\"]", *type));
  if (const auto* names = schema.find("enum"))
    schema.set("enum", fmt::format("{},null]", names->substr(0, names->size() - 1)));
  return schema;
}

Schema Schemas::reference(const std::string& name, const void* identity,
                          const std::function<Schema()>& build) {
  if (!is_component_name(name)) {
    throw std::invalid_argument(fmt::format(
        "a struct's name in the document has letters, digits, \".\", \"_\" and \"-\" alone: not \"{}\"",
        name));
  }
  const auto [known, is_new] = identities_.emplace(name, identity);
  if (!is_new && known->second != identity) {
    throw std::invalid_argument(fmt::format(
        "two structs are called {}: give one of them another name in the document, (struct, name(\"...\"))",
        name));
  }
  if (is_new) texts_[name] = build().text();  // it may refer to itself meanwhile
  Schema reference;
  reference.set_text("$ref", "#/components/schemas/" + name);
  return reference;
}

RulesInUse::RulesInUse(std::span<const Rule> rules) : rules_(rules), used_(rules.size()) {}
RulesInUse::~RulesInUse() = default;

const Rule* RulesInUse::take(Kind kind) {
  const Rule* found = nullptr;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].kind != kind || rules_[i].depth != depth_ || used_[i]) continue;
    if (found != nullptr) {
      throw std::invalid_argument(fmt::format("{} is said twice of one value", detail::rule_name(kind)));
    }
    check_bounds(rules_[i]);
    used_[i] = true;
    found = &rules_[i];
  }
  return found;
}

void RulesInUse::check_all_used(std::string_view place) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (used_[i]) continue;
    throw std::invalid_argument(
        fmt::format("{}: {}{} says nothing about a value of this type{}", place,
                    rules_[i].depth > 0 ? "each of " : "", detail::rule_name(rules_[i].kind),
                    rules_[i].kind == Kind::length ? " (of an array: items, of a number: range)" : ""));
  }
}

namespace detail {

std::string_view rule_name(Kind kind) {
  constexpr std::array<std::string_view, 14> names{
      "none", "range", "multiple_of", "length",     "items",  "unique_items", "pattern",
      "name", "about", "example",     "deprecated", "secret", "defaulted",    "not_null"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string quoted_json(std::string_view text) {
  std::string json;
  write_string(json, text);
  return json;
}

Schema integer_schema(RulesInUse& rules, std::int64_t low, std::uint64_t high) {
  Schema schema;
  schema.set_text("type", "integer");
  const bool is_64 = high > std::numeric_limits<std::uint32_t>::max();
  if (low < 0 || high < std::numeric_limits<std::uint64_t>::max()) {
    schema.set_text("format", is_64                                              ? "int64"
                              : high <= std::numeric_limits<std::int32_t>::max() ? "int32"
                                                                                 : "int64");
  }
  const Rule* range = rules.take(Kind::range);
  const auto is_beyond = [&](Number bound) {
    return bound.is_set() &&
           (bound.as_double() < static_cast<double>(low) || bound.as_double() > static_cast<double>(high));
  };
  if (range != nullptr && (is_beyond(range->low) || is_beyond(range->high)))
    throw std::invalid_argument(fmt::format("range goes beyond what its type holds, {} to {}", low, high));
  // A format says the bounds of these two.
  const bool is_signed_standard =
      low == std::numeric_limits<std::int32_t>::min() || low == std::numeric_limits<std::int64_t>::min();
  if (range != nullptr && range->low.is_set()) {
    schema.set("minimum", number_text(range->low));
  } else if (!is_signed_standard) {
    schema.set("minimum", fmt::format("{}", low));
  }
  if (range != nullptr && range->high.is_set()) {
    schema.set("maximum", number_text(range->high));
  } else if (!is_signed_standard) {
    schema.set("maximum", fmt::format("{}", high));
  }
  if (const Rule* step = rules.take(Kind::multiple_of)) {
    if (step->low.bits == 0) throw std::invalid_argument("multiple_of(0) divides nothing");
    if (step->low.bits > high)
      throw std::invalid_argument(
          fmt::format("multiple_of({}) leaves its type nothing but 0", step->low.bits));
    schema.set("multipleOf", number_text(step->low));
  }
  return schema;
}

Schema number_schema(RulesInUse& rules, std::string_view format) {
  Schema schema;
  schema.set_text("type", "number").set_text("format", format);
  if (const Rule* range = rules.take(Kind::range)) {
    if (range->low.is_set()) schema.set("minimum", number_text(range->low));
    if (range->high.is_set()) schema.set("maximum", number_text(range->high));
  }
  return schema;
}

Schema boolean_schema() {
  Schema schema;
  return schema.set_text("type", "boolean");
}

Schema string_schema(RulesInUse& rules, std::string_view format) {
  Schema schema;
  schema.set_text("type", "string");
  if (!format.empty()) {
    schema.set_text("format", format);
    return schema;
  }
  set_counts(schema, rules.take(Kind::length), "minLength", "maxLength");
  if (const Rule* pattern = rules.take(Kind::pattern)) {
    if (const auto mistake = pattern->engine->mistake(pattern->view()); !mistake.empty())
      throw std::invalid_argument(fmt::format("pattern(\"{}\"): {}", pattern->view(), mistake));
    // A schema's pattern may match anywhere (JSON Schema Validation, section 6.3.3).
    schema.set_text("pattern", fmt::format("^(?:{})$", pattern->view()));
  }
  return schema;
}

Schema enum_schema(std::span<const std::string_view> names) {
  std::string list = "[";
  for (const auto name : names) {
    if (list.size() > 1) list += ',';
    list += quoted_json(name);
  }
  Schema schema;
  return schema.set_text("type", "string").set("enum", list + "]");
}

Schema bytes_schema(RulesInUse& rules) {
  Schema schema;
  schema.set_text("type", "string").set_text("contentEncoding", "base64");
  const Rule* rule = rules.take(Kind::items);
  if (rule == nullptr) return schema;
  // As long as the text may be; of two with the same length the padding tells which has fewer bytes.
  const auto length_of = [](std::uint64_t bytes) { return fmt::format("{}", (bytes + 2) / 3 * 4); };
  const auto digits_of = [](std::uint64_t bytes) { return fmt::format("{}", (bytes * 4 + 2) / 3); };
  const bool is_bounded = rule->high.bits != no_limit;
  if (rule->low.bits > 0) schema.set("minLength", length_of(rule->low.bits));
  if (is_bounded) schema.set("maxLength", length_of(rule->high.bits));
  schema.set_text("pattern", fmt::format("^[^=]{{{},{}}}={{0,2}}$", digits_of(rule->low.bits),
                                         is_bounded ? digits_of(rule->high.bits) : ""));
  return schema;
}

Schema array_schema(RulesInUse& rules, bool is_set) {
  Schema schema;
  schema.set_text("type", "array");
  set_counts(schema, rules.take(Kind::items), "minItems", "maxItems");
  if (rules.take(Kind::unique_items) != nullptr || is_set) schema.set("uniqueItems", "true");
  return schema;
}

Schema fixed_array_schema(std::size_t size) {
  Schema schema;
  schema.set_text("type", "array");
  return schema.set("minItems", std::to_string(size)).set("maxItems", std::to_string(size));
}

Schema map_schema(RulesInUse& rules) {
  Schema schema;
  schema.set_text("type", "object");
  set_counts(schema, rules.take(Kind::items), "minProperties", "maxProperties");
  return schema;
}

Json example_value(std::string_view json) {
  auto value = Json::parse(json, nullptr, false);
  return value.is_discarded() ? Json(json) : value;
}

void annotate(Schema& schema, RulesInUse& rules) {
  const Rule* about = rules.take(Kind::about);
  const Rule* example = rules.take(Kind::example);
  const Rule* deprecated = rules.take(Kind::deprecated);
  const Rule* secret = rules.take(Kind::secret);
  if (about != nullptr) schema.set_text("description", about->view());
  if (example != nullptr)
    schema.set("examples", fmt::format("[{}]", print_json(example_value(example->view()))));
  if (deprecated != nullptr) schema.set("deprecated", "true");
  const auto* type = schema.find("type");
  const bool is_text = type != nullptr && (*type == "\"string\"" || *type == "[\"string\",\"null\"]");
  if (secret != nullptr && is_text && schema.find("format") == nullptr) schema.set_text("format", "password");
}

}  // namespace detail
}  // namespace stile
