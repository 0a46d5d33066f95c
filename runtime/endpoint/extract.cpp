#include "stile/extract.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <stdexcept>

#include "endpoint/quote.hpp"
#include "manifest/text.hpp"
#include "stile/problem.hpp"

namespace stile::detail {
namespace {

std::vector<std::string_view> values_named(const std::vector<NamedValue>& pairs, std::string_view name) {
  std::vector<std::string_view> values;
  for (const NamedValue& pair : pairs) {
    if (pair.name == name) values.emplace_back(pair.value);
  }
  return values;
}

}  // namespace

std::vector<std::string_view> find_values(const Request& request, Source source) {
  switch (source.in) {
    case In::query:
      return values_named(request.query(), source.name);
    case In::cookie:
      return values_named(request.cookies(), source.name);
    case In::header:
      return request.header_values(source.name);
    default:
      break;
  }
  // The file's own route has it, checked at compile time: this is a function that serves some other route.
  const auto value = request.path_value(source.name);
  if (!value) throw std::logic_error(fmt::format("the route has no {{{}}}", source.name));
  return {*value};
}

Found find_value(const Request& request, Source source, const Place& place, std::string_view& value) {
  const auto values = find_values(request, source);
  if (values.empty()) return Found::nothing;
  if (values.size() > 1) {
    place.refuse_as(fmt::format("{} values", values.size()), "one");
    return Found::refused;
  }
  value = values.front();
  return Found::one;
}

const std::string& utf8_body(const Request& request) {
  if (const auto invalid = invalid_utf8_at(request.body()); invalid != std::string_view::npos)
    throw Problem(400, fmt::format("the body is not UTF-8: byte {}", invalid + 1));
  return request.body();
}

std::vector<std::byte> body_bytes(const Request& request) {
  const auto bytes = std::as_bytes(std::span(request.body()));
  return {bytes.begin(), bytes.end()};
}

namespace {

void check_own_value(std::string_view name, std::span<const Rule> rules, TakesText takes,
                     std::string_view what, const Json& value) {
  Faults faults;
  const auto* text = value.get_ptr<const std::string*>();
  if (takes(text == nullptr ? print_json(value) : *text, Place(faults, {In::query, name}, rules))) return;
  throw std::invalid_argument(fmt::format("{}: {}", name, own_value_refused(what, faults)));
}

}  // namespace

bool wants_some(std::span<const Rule> rules) {
  const Rule* items = find_rule(rules, Rule::Kind::items);
  return items != nullptr && items->low.bits > 0;
}

bool has_secret(std::span<const Rule> rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [](const Rule& rule) { return rule.kind == Rule::Kind::secret; });
}

void check_example(std::string_view name, std::span<const Rule> rules, TakesText takes) {
  if (const Rule* example = find_rule(rules, Rule::Kind::example))
    check_own_value(name, rules, takes, "example", example_value(example->view()));
}

void add_default(Schema& schema, std::string_view name, std::span<const Rule> rules, const std::string& json,
                 TakesText takes) {
  check_own_value(name, rules, takes, "default", Json::parse(json));
  if (find_rule(rules, Rule::Kind::secret) == nullptr) schema.set("default", json);
}

bool check_count(const Place& place, std::size_t count) {
  const Rule* items = place.rule(Rule::Kind::items);
  return items == nullptr || (count >= items->low.bits && count <= items->high.bits) ||
         place.refuse_as(fmt::format("{} values", count), expected_array(place, false));
}

bool refuse_twice(const Place& place, std::string_view text) {
  return place.refuse_text(text, "each value once");
}

void document_raw_body(Operation& operation, std::string_view media_type, bool is_text) {
  Schema schema;
  if (is_text) schema.set_text("type", "string");
  operation.set_body(false, media_type, schema);
  operation.add_problem(413);
  if (is_text) operation.add_problem(400);
}

void read_query(Context& context, void* object, const Struct& type, std::span<const QueryMember> members) {
  bool is_sound = true;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = type.members[i];
    const Source source{In::query, member.name};
    const Place place(context.faults, source, member.rules);
    void* const part = static_cast<char*>(object) + member.shift;
    is_sound = members[i].read(context.request, source, place, member.presence != Member::Presence::required,
                               part) &&
               is_sound;
  }
  if (type.is_closed) {
    for (const auto& pair : context.request.query()) {
      const bool is_known = std::any_of(type.members.begin(), type.members.end(),
                                        [&](const Member& member) { return member.name == pair.name; });
      if (!is_known)
        is_sound = Place(context.faults, {In::query, pair.name}).refuse_text(pair.value, "no such parameter");
    }
  }
  if (!is_sound) return;
  for (const auto& check : type.checks) {
    if (check.holds_for(object)) continue;
    if (check.index == Struct::Check::npos) {
      const bool is_secret = std::any_of(type.members.begin(), type.members.end(),
                                         [](const Member& member) { return has_secret(member.rules); });
      Place(context.faults, {In::query, {}})
          .refuse_as(is_secret ? "***" : quote(context.request.query_string()), check.message);
      continue;
    }
    const Member& member = type.members[check.index];
    const auto values = values_named(context.request.query(), member.name);
    const Place place(context.faults, {In::query, member.name}, member.rules);
    values.empty() ? place.refuse_missing(check.message) : place.refuse_text(values.front(), check.message);
  }
}

void document_query(Operation& operation, const Struct& type, std::span<const QueryMember> members) {
  if (type.is_closed) operation.refuse_other_query();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = type.members[i];
    // What is said of the member rather than of its value.
    std::vector<Rule> rules;
    std::copy_if(member.rules.begin(), member.rules.end(), std::back_inserter(rules), [](const Rule& rule) {
      return rule.kind != Rule::Kind::name && rule.kind != Rule::Kind::defaulted;
    });
    Schema schema = members[i].schema(operation.schemas(), rules, type.name + "." + member.own_name);
    try {
      add_default(schema, type, member);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}.{}: {}", type.name, member.own_name, error.what()));
    }
    const bool is_required =
        member.presence == Member::Presence::required && (members[i].is_required || wants_some(member.rules));
    operation.add_parameter({In::query, member.name}, is_required, std::move(schema),
                            has_secret(member.rules));
  }
}

}  // namespace stile::detail
