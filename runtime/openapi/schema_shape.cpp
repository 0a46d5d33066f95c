#include "openapi/schema_shape.hpp"

#include <algorithm>
#include <array>

#include "manifest/percent.hpp"

namespace stile::openapi {
namespace {

using nlohmann::json;

const std::set<std::string> any_type{"null", "boolean", "object", "array", "number", "string"};

bool covers_type(const std::set<std::string>& types, const std::string& type) {
  return types.count(type) == 1 || (type == "integer" && types.count("number") == 1);
}

std::set<std::string> common_types(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> both;
  for (const auto& type : a) {
    if (covers_type(b, type)) both.insert(type);
  }
  for (const auto& type : b) {
    if (covers_type(a, type)) both.insert(type);
  }
  if (both.count("number") == 1) both.erase("integer");
  return both;
}

std::string type_of(const json& value) {
  if (value.is_number_integer()) return "integer";
  return value.is_number() ? "number" : value.type_name();
}

/// Gathers one schema after the other.
class ShapeMaker {
 public:
  ShapeMaker(const json& document, const Schemas& chosen) : document_(document), chosen_(chosen) {
    shape_.types = any_type;
  }

  /// Waits for its turn: a chain of references may be longer than a stack is deep.
  void add(const json& schema) {
    if (seen_.insert(&schema).second) waiting_.push_back(&schema);
  }

  Shape result() {
    while (!waiting_.empty()) {
      const json* schema = waiting_.back();
      waiting_.pop_back();
      take(*schema);
    }
    if (shape_.types.empty() || (shape_.values && shape_.values->empty())) shape_.never = true;
    return std::move(shape_);
  }

 private:
  void take(const json& schema) {
    if (schema.is_boolean() && !schema.get<bool>()) shape_.never = true;
    if (!schema.is_object()) return;
    add_type(schema);
    for (const auto& [keyword, value] : schema.items()) {
      if (is_annotation(keyword)) continue;
      const bool known = add_composition(schema, keyword, value) || add_object_keyword(keyword, value) ||
                         add_array_keyword(keyword, value) || add_scalar_keyword(keyword, value);
      if (!known) shape_.others.emplace(keyword, &value);
    }
  }

  void restrict_types(const std::set<std::string>& types) {
    shape_.types = common_types(shape_.types, types);
  }

  void add_type(const json& schema) {
    const auto type = schema.find("type");
    if (type == schema.end()) return;
    std::set<std::string> types;
    if (type->is_string()) types.insert(type->get<std::string>());
    if (type->is_array()) {
      for (const auto& name : *type) {
        if (name.is_string()) types.insert(name.get<std::string>());
      }
    }
    if (const auto nullable = schema.find("nullable"); nullable != schema.end() && *nullable == true)
      types.insert("null");
    restrict_types(types);
  }

  void add_values(const json& values) {
    std::set<std::string> texts;
    std::set<std::string> types;
    for (const auto& value : values) {
      texts.insert(printed(value));
      types.insert(type_of(value));
    }
    restrict_types(types);
    if (shape_.values) {
      std::set<std::string> both;
      std::set_intersection(texts.begin(), texts.end(), shape_.values->begin(), shape_.values->end(),
                            std::inserter(both, both.begin()));
      texts = std::move(both);
    }
    shape_.values = std::move(texts);
  }

  bool add_composition(const json& schema, const std::string& keyword, const json& value) {
    if (keyword == "type" || keyword == "nullable" || keyword == "discriminator") return true;
    if (keyword == "$ref" && value.is_string()) {
      const json* target = look_up(document_, value.get_ref<const std::string&>());
      if (target != nullptr) add(*target);
      return target != nullptr;
    }
    if (keyword == "allOf" && value.is_array()) {
      for (const auto& each : value) add(each);
      return true;
    }
    if ((keyword == "oneOf" || keyword == "anyOf") && value.is_array() && !value.empty()) {
      if (std::find(chosen_.begin(), chosen_.end(), &value) != chosen_.end()) return true;
      const auto discriminator = schema.find("discriminator");
      if (shape_.groups.empty() && discriminator != schema.end()) shape_.discriminator = &*discriminator;
      shape_.groups.push_back(&value);
      return true;
    }
    return false;
  }

  bool add_object_keyword(const std::string& keyword, const json& value) {
    if (keyword == "properties" && value.is_object()) {
      for (const auto& [name, member] : value.items()) shape_.members[name].push_back(&member);
      return true;
    }
    if (keyword == "required" && value.is_array()) {
      for (const auto& name : value) {
        if (name.is_string()) shape_.required.insert(name.get<std::string>());
      }
      return true;
    }
    const bool unevaluated = keyword == "unevaluatedProperties";
    if (keyword != "additionalProperties" && !(unevaluated && value.is_boolean())) return false;
    if (value.is_boolean()) {
      shape_.closed = shape_.closed || !value.get<bool>();
    } else {
      shape_.additional.push_back(&value);
    }
    return true;
  }

  bool add_array_keyword(const std::string& keyword, const json& value) {
    if (keyword == "items" && !value.is_array()) {
      shape_.items.push_back(&value);
    } else if (keyword == "prefixItems" && value.is_array()) {
      if (shape_.prefix.size() < value.size()) shape_.prefix.resize(value.size());
      for (std::size_t i = 0; i < value.size(); ++i) shape_.prefix[i].push_back(&value[i]);
    } else if (keyword == "uniqueItems" && value.is_boolean()) {
      shape_.unique = shape_.unique || value.get<bool>();
    } else {
      return false;
    }
    return true;
  }

  bool add_scalar_keyword(const std::string& keyword, const json& value) {
    constexpr std::array<std::string_view, 10> bounds{
        "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties",
        "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"};
    const auto bound = std::find(bounds.begin(), bounds.end(), keyword);
    if (bound != bounds.end() && value.is_number()) {
      const bool lower = bound - bounds.begin() < 5;
      const auto [place, fresh] = shape_.bounds.emplace(*bound, value);
      if (!fresh && (lower ? place->second < value : value < place->second)) place->second = value;
    } else if (keyword == "enum" && value.is_array()) {
      add_values(value);
    } else if (keyword == "const") {
      add_values(json::array({value}));
    } else if (keyword == "pattern" && value.is_string()) {
      shape_.patterns.insert(value.get<std::string>());
    } else if (keyword == "format" && value.is_string()) {
      shape_.formats.insert(value.get<std::string>());
    } else if (keyword == "multipleOf" && value.is_number()) {
      shape_.multiples.insert(printed(value));
    } else {
      return false;
    }
    return true;
  }

  const json& document_;
  const Schemas& chosen_;
  std::set<const json*> seen_;
  Schemas waiting_;
  Shape shape_;
};

/// Of an array its element, of an object its member.
const json* child(const json& value, const std::string& name) {
  if (value.is_object()) {
    const auto member = value.find(name);
    return member == value.end() ? nullptr : &*member;
  }
  constexpr std::size_t most_digits = 9;
  const bool index = !name.empty() && name.size() <= most_digits &&
                     name.find_first_not_of("0123456789") == std::string::npos;
  if (!value.is_array() || !index) return nullptr;
  const auto at = std::stoul(name);
  return at < value.size() ? &value[at] : nullptr;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

const json* look_up(const json& document, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  std::string pointer;
  if (percent_decode(reference.substr(1), Plus::literal, pointer) != std::string_view::npos) return nullptr;
  if (pointer.empty()) return &document;
  if (!pointer.starts_with('/')) return nullptr;
  const json* value = &document;
  for (std::size_t begin = 1; value != nullptr && begin <= pointer.size();) {
    const auto end = std::min(pointer.find('/', begin), pointer.size());
    auto name = pointer.substr(begin, end - begin);
    replace_all(name, "~1", "/");
    replace_all(name, "~0", "~");
    value = child(*value, name);
    begin = end + 1;
  }
  return value;
}

const json& dereferenced(const json& document, const json& value) {
  const json* at = &value;
  for (int hops = 0; hops < 32 && at->is_object(); ++hops) {
    const auto reference = at->find("$ref");
    if (reference == at->end() || !reference->is_string()) return *at;
    const json* target = look_up(document, reference->get_ref<const std::string&>());
    if (target == nullptr) return value;
    at = target;
  }
  return *at;
}

std::string printed(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Shape shape_of(const json& document, const Schemas& schemas, const Schemas& chosen) {
  ShapeMaker maker(document, chosen);
  for (const json* schema : schemas) maker.add(*schema);
  return maker.result();
}

bool is_annotation(std::string_view keyword) {
  constexpr std::array<std::string_view, 15> annotations{
      "title",   "description", "default", "example", "examples", "deprecated", "$comment",   "externalDocs",
      "$schema", "$id",         "$anchor", "$defs",   "summary",  "tags",       "operationId"};
  return keyword.starts_with("x-") ||
         std::find(annotations.begin(), annotations.end(), keyword) != annotations.end();
}

}  // namespace stile::openapi
