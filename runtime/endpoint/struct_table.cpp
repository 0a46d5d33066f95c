#include "stile/struct_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "stile/json.hpp"
#include "stile/json_type.hpp"

namespace stile::detail {
namespace {

using Kind = Rule::Kind;
using Presence = Member::Presence;

const void* part_of(const void* object, const Member& member) {
  return static_cast<const char*>(object) + member.shift;
}
void* part_of(void* object, const Member& member) { return static_cast<char*>(object) + member.shift; }

bool is_known(const Struct& type, std::string_view name) {
  return (name == type.tag_name && !name.empty()) ||
         std::any_of(type.members.begin(), type.members.end(),
                     [&](const Member& member) { return member.name == name; });
}

bool read_member(const Json& object, const Place& place, void* into, const Member& member) {
  const auto found = object.find(member.name);
  const Place here = place.member(member.name, member.rules);
  if (found != object.end()) {
    return member.functions.read == nullptr ? here.refuse(*found, "nothing: it is only sent")
                                            : member.functions.read(*found, here, part_of(into, member));
  }
  return member.presence != Presence::required || here.refuse_missing();
}

bool refuse_unknown(const Json& object, const Place& place, const Struct& type) {
  bool is_sound = true;
  for (auto member = object.begin(); member != object.end() && place.goes_on(); ++member) {
    if (!is_known(type, member.key()))
      is_sound = place.member(member.key()).refuse(*member, "no such member");
  }
  return is_sound;
}

bool check_whole(const Json& value, const Place& place, const void* object, const Struct& type) {
  bool is_sound = true;
  for (const auto& check : type.checks) {
    if (check.holds_for(object)) continue;
    if (check.index == Struct::Check::npos) {
      is_sound = place.refuse(value, check.message);
      continue;
    }
    const Member& member = type.members[check.index];
    const auto found = value.find(member.name);
    const Place here = place.member(member.name, member.rules);
    is_sound = found == value.end() ? here.refuse_missing(check.message) : here.refuse(*found, check.message);
  }
  return is_sound;
}

}  // namespace

bool read_struct(const Json& value, const Place& place, void* object, const Struct& type) {
  if (!value.is_object()) return place.refuse(value, "an object");
  bool is_sound = true;
  if (!type.tag_name.empty()) {
    const auto tag = value.find(type.tag_name);
    const Place here = place.member(type.tag_name, {});
    if (tag == value.end()) {
      is_sound = here.refuse_missing(quoted_json(type.tag));
    } else if (*tag != type.tag) {
      is_sound = here.refuse(*tag, quoted_json(type.tag));
    }
  }
  for (const auto& member : type.members) {
    is_sound = read_member(value, place, object, member) && is_sound;
    if (!is_sound && !place.goes_on()) return false;
  }
  if (type.is_closed) is_sound = refuse_unknown(value, place, type) && is_sound;
  return is_sound && check_whole(value, place, object, type);
}

void write_struct(std::string& out, const void* object, const Struct& type) {
  out += '{';
  bool is_first = true;
  if (!type.tag_name.empty()) {
    write_key(out, type.tag_name);
    write_string(out, type.tag);
    is_first = false;
  }
  for (const auto& member : type.members) {
    const void* part = part_of(object, member);
    if (member.functions.is_absent != nullptr && member.functions.is_absent(part)) continue;
    if (!is_first) out += ',';
    is_first = false;
    out += member.key;
    try {
      member.functions.write(out, part);
    } catch (const std::invalid_argument& error) {  // a date that is none, a year that has no text
      throw std::invalid_argument(fmt::format("{}.{}: {}", type.name, member.own_name, error.what()));
    }
  }
  out += '}';
}

// ---- making one ----

namespace {

// "... [with T = shop::Item; ...]" or "... [T = shop::Item]" -> "Item"
std::string_view type_name(std::string_view function) {
  const auto begin = function.find("T = ");
  if (begin == function.npos) return "Object";
  std::string_view name = function.substr(begin + 4);
  name = name.substr(0, name.find_first_of(";]<"));
  return name.substr(name.rfind(':') + 1);
}

void find_members_of_checks(Struct& type) {
  for (auto& check : type.checks) {
    const auto found = std::find_if(type.members.begin(), type.members.end(),
                                    [&](const Member& member) { return member.own_name == check.member; });
    if (check.index == Struct::Check::npos && found != type.members.end())
      check.index = static_cast<std::size_t>(found - type.members.begin());
  }
}

}  // namespace

Struct::Struct() = default;
Struct::~Struct() = default;
Struct::Struct(Struct&&) noexcept = default;

void StructBuilder::add_member(std::string_view own_name, Member::Presence presence,
                               const Member::Functions& functions, std::span<const Rule> rules) {
  Member member;
  member.own_name = own_name;
  member.rules = rules;
  member.presence = presence;
  member.functions = functions;
  const Rule* name = find_rule(member.rules, Kind::name);
  member.name = name == nullptr ? own_name : name->view();
  write_key(member.key, member.name);
  if (find_rule(member.rules, Kind::defaulted) != nullptr) member.presence = Presence::defaulted;
  if (find_rule(member.rules, Kind::not_null) != nullptr)
    member.functions.is_absent = member.functions.is_empty;
  struct_.members.push_back(std::move(member));
}

void StructBuilder::add_base(const Struct& base, std::ptrdiff_t shift) {
  const auto members_before = struct_.members.size();
  for (Member member : base.members) {
    member.shift += shift;
    struct_.members.push_back(std::move(member));
  }
  for (Struct::Check check : base.checks) {
    check.shift += shift;
    if (check.index != Struct::Check::npos) check.index += members_before;
    struct_.checks.push_back(std::move(check));
  }
}

void StructBuilder::add_check(bool (*holds)(const void* predicate, const void* object), const void* predicate,
                              std::string_view message, std::string_view member) {
  Struct::Check check;
  check.holds = holds;
  check.predicate = predicate;
  check.message = message;
  check.member = member;
  struct_.checks.push_back(std::move(check));
}

void StructBuilder::add(Closed /*closed*/) { struct_.is_closed = true; }

void StructBuilder::add(Tag tag) {
  struct_.tag_name = tag.name;
  struct_.tag = tag.value;
}

void StructBuilder::add(const Rule& rule) {
  if (rule.kind == Kind::name) {
    struct_.name = rule.view();
  } else if (rule.kind == Kind::about) {
    struct_.about = rule.view();
  } else {
    throw std::invalid_argument(
        fmt::format("{}: {} says nothing about a whole struct", struct_.name, rule_name(rule.kind)));
  }
}

Struct make_struct(std::string_view function, void (*with_default)(const Struct::UseDefault& use),
                   void (*describe)(StructBuilder& builder)) {
  StructBuilder builder;
  builder.struct_.name = type_name(function);
  builder.struct_.with_default = with_default;
  describe(builder);
  find_members_of_checks(builder.struct_);
  return std::move(builder.struct_);
}

bool refuse_tag(const Json& value, const Place& place, std::string_view tag_name,
                std::span<const std::string_view> tags) {
  if (!value.is_object()) return place.refuse(value, "an object");
  const auto expected = expected_one_of(tags);
  const auto tag = value.find(tag_name);
  const Place here = place.member(tag_name, {});
  return tag == value.end() ? here.refuse_missing(expected) : here.refuse(*tag, expected);
}

// ---- what is told of it ----

namespace {

void check_names(const Struct& type) {
  for (const auto& check : type.checks) {
    if (!check.member.empty() && check.index == Struct::Check::npos) {
      throw std::invalid_argument(
          fmt::format("{}: where(..., \"{}\") names no member of it", type.name, check.member));
    }
  }
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    const auto& name = type.members[i].name;
    const bool is_twice =
        std::any_of(type.members.begin(), type.members.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Member& member) { return member.name == name; });
    if (is_twice || (!type.tag_name.empty() && name == type.tag_name))
      throw std::invalid_argument(fmt::format("{}: two members are called {}", type.name, name));
  }
}

void check_value(const Struct& type, const Member& member, std::string_view what, const Json& value) {
  if (member.functions.read == nullptr) return;
  type.with_default([&](void* object) {
    Faults faults;
    member.functions.read(value, Place(faults, {In::body, {}}, member.rules), part_of(object, member));
    if (!faults.empty()) throw std::invalid_argument(own_value_refused(what, faults));
  });
}

Schema member_schema(Schemas& schemas, const Struct& type, const Member& member) {
  const std::string place = type.name + "." + member.own_name;
  RulesInUse rules(member.rules);
  rules.take(Kind::name);
  rules.take(Kind::defaulted);
  try {
    Schema schema = member.functions.schema(schemas, rules);
    annotate(schema, rules);
    add_default(schema, type, member);
    rules.check_all_used(place);
    return schema;
  } catch (const std::invalid_argument& error) {
    const std::string_view text = error.what();
    throw std::invalid_argument(text.starts_with(place) ? std::string(text)
                                                        : fmt::format("{}: {}", place, text));
  }
}

// What no schema can say is said in words: the same that a refusal says.
std::string description_of(const Struct& type) {
  std::string text = type.about;
  for (const auto& check : type.checks) {
    if (!text.empty()) text += "\n\n";
    text += check.index == Struct::Check::npos
                ? "Checked: "
                : fmt::format("Checked, `{}`: ", type.members[check.index].name);
    text += check.message;
  }
  return text;
}

}  // namespace

void check_readable(const Struct& type) {
  for (const auto& member : type.members) {
    if (member.functions.read == nullptr) {
      throw std::invalid_argument(fmt::format("{}.{}: its type can be sent, and not be read from a body",
                                              type.name, member.own_name));
    }
  }
}

void add_default(Schema& schema, const Struct& type, const Member& member) {
  if (const Rule* example = find_rule(member.rules, Kind::example))
    check_value(type, member, "example", example_value(example->view()));
  // A Sort or a Cursor that is left out is none.
  if (member.presence == Presence::required ||
      (member.presence == Presence::optional && member.functions.read == nullptr))
    return;
  std::string text;
  type.with_default([&](const void* object) { member.functions.write(text, part_of(object, member)); });
  if (member.presence == Presence::optional && text == "null") return;  // as every one without an initializer
  check_value(type, member, "default", nlohmann::json::parse(text));
  if (find_rule(member.rules, Kind::secret) == nullptr) schema.set("default", text);
}

Schema struct_schema(Schemas& schemas, const Struct& type) {
  check_names(type);
  Schema properties;
  std::string required;
  const auto require = [&](std::string_view name) {
    required += (required.empty() ? "" : ",") + quoted_json(name);
  };
  if (!type.tag_name.empty()) {
    Schema tag;
    tag.set_text("type", "string").set_text("const", type.tag);
    properties.set(type.tag_name, tag);
    require(type.tag_name);
  }
  for (const auto& member : type.members) {
    properties.set(member.name, member_schema(schemas, type, member));
    if (member.presence == Presence::required) require(member.name);
  }
  Schema schema;
  schema.set_text("type", "object");
  if (const auto text = description_of(type); !text.empty()) schema.set_text("description", text);
  schema.set("properties", properties);
  if (!required.empty()) schema.set("required", "[" + required + "]");
  if (type.is_closed) schema.set("additionalProperties", "false");
  return schema;
}

Schema variant_schema(const std::vector<Schema>& alternatives, const std::vector<const Struct*>& types) {
  std::string list;
  Schema mapping;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto& type = *types[i];
    if (type.tag_name.empty() || type.tag_name != types.front()->tag_name) {
      throw std::invalid_argument(fmt::format(
          "{} is one of a variant's: it needs a tag of the same name as the others, "
          "(struct, tag(\"{}\", \"{}\"))",
          type.name, types.front()->tag_name.empty() ? "type" : types.front()->tag_name, type.name));
    }
    if (mapping.find(type.tag) != nullptr)
      throw std::invalid_argument(fmt::format("two of a variant's structs have the tag \"{}\"", type.tag));
    list += (list.empty() ? "" : ",") + alternatives[i].text();
    mapping.set(type.tag, *alternatives[i].find("$ref"));
  }
  Schema discriminator;
  discriminator.set_text("propertyName", types.front()->tag_name).set("mapping", mapping);
  Schema schema;
  return schema.set("oneOf", "[" + list + "]").set("discriminator", discriminator);
}

}  // namespace stile::detail
