// The part of SchemaDiff that finds alternatives (oneOf, anyOf, several types) again, and what is the same.
#include <fmt/core.h>

#include <algorithm>

#include "openapi/schema_diff.hpp"

namespace stile::openapi {
namespace {

using nlohmann::json;

/// As a schema, to tell the types of one from each other where the other side has alternatives.
const json& type_schema(const std::string& type) {
  static const std::map<std::string, json> schemas = [] {
    std::map<std::string, json> all;
    for (const char* name : {"null", "boolean", "object", "array", "number", "integer", "string"})
      all[name] = {{"type", name}};
    return all;
  }();
  return schemas.at(type);
}

std::string last_name(const std::string& reference) { return reference.substr(reference.rfind('/') + 1); }

/// What the discriminator calls an alternative: the value of its tag, or its name in the mapping.
std::string tag_of(const json& document, const json& discriminator, const json& alternative) {
  if (!discriminator.is_object()) return {};
  const auto property = discriminator.find("propertyName");
  if (property != discriminator.end() && property->is_string()) {
    const Shape shape = shape_of(document, {&alternative});
    const auto member = shape.members.find(property->get<std::string>());
    if (member != shape.members.end()) {
      const Shape tag = shape_of(document, member->second);
      if (tag.values && tag.values->size() == 1) return *tag.values->begin();
    }
  }
  const auto mapping = discriminator.find("mapping");
  const auto reference = alternative.find("$ref");
  if (mapping == discriminator.end() || !mapping->is_object() || reference == alternative.end()) return {};
  for (const auto& [name, target] : mapping->items()) {
    if (target == *reference || (target.is_string() && reference->is_string() &&
                                 target.get<std::string>() == last_name(reference->get<std::string>()))) {
      return printed(name);
    }
  }
  return {};
}

const json* tag_name(const json* discriminator) {
  if (discriminator == nullptr || !discriminator->is_object()) return nullptr;
  const auto name = discriminator->find("propertyName");
  return name == discriminator->end() ? nullptr : &*name;
}

bool is_map_of_schemas(const std::string& keyword) {
  return keyword == "properties" || keyword == "patternProperties" || keyword == "dependentSchemas";
}

std::size_t alternatives_of(const Shape& shape) {
  return shape.groups.empty() ? shape.types.size() : shape.groups.front()->size();
}

class Sameness {
 public:
  Sameness(const json& before, const json& after) : before_(before), after_(after) {}

  bool of(const json& a, const json& b, bool names_are_keywords) {
    const json& was = dereferenced(before_, a);
    const json& is = dereferenced(after_, b);
    if ((&was != &a || &is != &b) && !seen_.insert({&was, &is}).second) return true;
    constexpr std::size_t most = 100'000;
    if (++steps_ > most || depth_ > SchemaDiff::deepest) return false;
    ++depth_;
    const bool same = was.is_object() && is.is_object() ? objects(was, is, names_are_keywords)
                      : was.is_array() && is.is_array() ? arrays(was, is)
                                                        : was == is;
    --depth_;
    return same;
  }

  std::size_t steps() const { return steps_; }

 private:
  bool arrays(const json& a, const json& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [this](const json& x, const json& y) { return of(x, y, true); });
  }

  bool objects(const json& a, const json& b, bool names_are_keywords) {
    const auto skipped = [&](const std::string& name) { return names_are_keywords && is_annotation(name); };
    for (const auto& [name, value] : b.items()) {
      if (!skipped(name) && !a.contains(name)) return false;
    }
    for (const auto& [name, value] : a.items()) {
      if (skipped(name)) continue;
      const auto other = b.find(name);
      if (other == b.end() || !of(value, *other, !(names_are_keywords && is_map_of_schemas(name))))
        return false;
    }
    return true;
  }

  const json& before_;
  const json& after_;
  std::set<std::pair<const json*, const json*>> seen_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

bool SchemaDiff::same(const json& before, const json& after) {
  Sameness sameness(before_, after_);
  const bool result = sameness.of(before, after, true);
  work_ += sameness.steps();
  return result;
}

std::vector<SchemaDiff::Alternative> SchemaDiff::alternatives(const json& document, const Operand& operand,
                                                              const Shape& shape) const {
  std::vector<Alternative> found;
  if (shape.groups.empty()) {
    const bool named = operand.schemas.size() == 1 && operand.schemas.front()->contains("$ref");
    for (const auto& type : shape.types) {
      Alternative alternative{operand, type, false};
      if (shape.types.size() > 1) alternative.operand.schemas.push_back(&type_schema(type));
      const bool object = named && type == "object" && operand.schemas.front()->at("$ref").is_string();
      if (object) alternative.label = last_name(operand.schemas.front()->at("$ref").get<std::string>());
      alternative.named = object;
      found.push_back(std::move(alternative));
    }
    return found;
  }
  const json* group = shape.groups.front();
  for (const auto& each : *group) {
    Alternative alternative{operand, {}, true};
    alternative.operand.schemas.push_back(&each);
    alternative.operand.chosen.push_back(group);
    if (shape.discriminator != nullptr) alternative.label = tag_of(document, *shape.discriminator, each);
    if (alternative.label.empty() && each.is_object() && each.contains("$ref") &&
        each.at("$ref").is_string()) {
      alternative.label = last_name(each.at("$ref").get<std::string>());
    }
    if (alternative.label.empty()) {
      const Shape own = shape_of(document, alternative.operand.schemas, alternative.operand.chosen);
      if (own.never) continue;
      alternative.named = false;
      for (const auto& type : own.types)
        alternative.label += (alternative.label.empty() ? "" : " or ") + type;
    }
    found.push_back(std::move(alternative));
  }
  return found;
}

bool SchemaDiff::fits(const Alternative& before, const Alternative& after, const std::string& pointer) {
  const auto found_before = found_.size();
  const auto seen_before = seen_order_.size();
  compare(before.operand, after.operand, pointer);
  if (found_.size() == found_before) return true;
  if (exhausted_) return true;  // which has been said
  found_.resize(found_before);
  for (; seen_order_.size() > seen_before; seen_order_.pop_back()) seen_.erase(seen_order_.back());
  return false;
}

void SchemaDiff::compare_alternatives(const Operand& before, const Operand& after, const Sides& sides,
                                      const std::string& pointer) {
  const json* tag_before = tag_name(sides.before.discriminator);
  const json* tag_after = tag_name(sides.after.discriminator);
  if (tag_before != nullptr && tag_after != nullptr && *tag_before != *tag_after) {
    report(pointer,
           fmt::format("is told apart by {} now, by {} before", printed(*tag_after), printed(*tag_before)));
  }
  const auto sizes = alternatives_of(sides.before) * (1 + sides.before.members.size()) +
                     alternatives_of(sides.after) * (1 + sides.after.members.size());
  if (!may_go_on(sizes)) return;
  const auto olds = alternatives(before_, before, sides.before);
  const auto news = alternatives(after_, after, sides.after);
  const auto& narrow = asked() ? olds : news;
  const auto& wide = asked() ? news : olds;
  const auto with_label = [](const std::vector<Alternative>& all, const std::string& label) {
    return std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.label == label; });
  };
  for (const auto& each : narrow) {
    if (!may_go_on(1 + wide.size())) return;
    const auto pair_fits = [&](const Alternative& other) {
      return asked() ? fits(each, other, pointer) : fits(other, each, pointer);
    };
    const auto same_label =
        std::find_if(wide.begin(), wide.end(), [&](const auto& other) { return other.label == each.label; });
    const bool its_own = with_label(wide, each.label) == 1 && with_label(narrow, each.label) == 1;
    if (its_own) {
      asked() ? compare(each.operand, same_label->operand, pointer)
              : compare(same_label->operand, each.operand, pointer);
    } else if (std::none_of(wide.begin(), wide.end(), pair_fits)) {
      const std::string kind = each.named ? "the alternative " + each.label : each.label;
      report(pointer, "may no longer be " + kind, "may be " + kind + " now");
    }
  }
}

}  // namespace stile::openapi
