#include "openapi/schema_diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace stile::openapi {
namespace {

using nlohmann::json;

constexpr std::size_t most_work = 10'000'000;  // schemas and members looked at: some seconds
constexpr std::size_t deepest_comparison = 200;

bool covered(const std::set<std::string>& types, const std::string& type) {
  return types.count(type) == 1 || (type == "integer" && types.count("number") == 1);
}

bool has_type(const Shape& shape, const char* type) { return shape.types.count(type) == 1; }

bool both_have(const Shape& a, const Shape& b, const char* type) {
  return has_type(a, type) && has_type(b, type);
}

std::size_t size_of(const Shape& shape) {
  return shape.members.size() + shape.required.size() + (shape.values ? shape.values->size() : 0);
}

/// The same schemas whatever they are called, so that each pair of them has one form.
Schemas targets(const json& document, const Schemas& schemas) {
  Schemas found;
  for (const json* schema : schemas) {
    const bool alone = schema->is_object() && schema->size() == 1;  // a lone $ref
    found.push_back(alone ? &dereferenced(document, *schema) : schema);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string in_pointer(std::string name) {
  std::string escaped;
  for (const char c : name) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return "/" + escaped;
}

std::string listed(const std::set<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : " or ") + text;
  return list;
}

}  // namespace

void SchemaDiff::report(const std::string& pointer, std::string what) {
  found_.push_back({pointer, std::move(what)});
}

void SchemaDiff::report(const std::string& pointer, std::string of_request, std::string of_response) {
  report(pointer, asked() ? std::move(of_request) : std::move(of_response));
}

bool SchemaDiff::may_go_on(std::size_t cost) {
  work_ += cost;
  if (work_ <= most_work && depth_ < deepest_comparison) return true;
  if (!exhausted_ && work_ <= most_work)
    report("", "is nested too deep to be compared, which may hide a break");
  if (work_ > most_work && !std::exchange(gave_up_, true)) {
    report("", "is not compared, nor is what follows, for it takes too long, which may hide a break");
  }
  exhausted_ = true;
  return false;
}

std::vector<SchemaChange> SchemaDiff::changes(Direction direction, const Schemas& before,
                                              const Schemas& after) {
  direction_ = direction;
  found_.clear();
  seen_.clear();
  seen_order_.clear();
  exhausted_ = false;
  compare({before}, {after}, "");
  if (found_.empty()) fine_[direction].merge(seen_);
  return std::move(found_);
}

void SchemaDiff::compare(Operand before, Operand after, const std::string& pointer) {
  Pair pair{{targets(before_, before.schemas), std::move(before.chosen)},
            {targets(after_, after.schemas), std::move(after.chosen)}};
  if (exhausted_ || fine_[direction_].count(pair) == 1 || !seen_.insert(pair).second) return;
  seen_order_.push_back(pair);
  if (!may_go_on(1 + pair.first.schemas.size() + pair.second.schemas.size())) return;
  before.chosen = pair.first.chosen;
  after.chosen = pair.second.chosen;
  const Shape was = shape_of(before_, before.schemas, before.chosen);
  const Shape is = shape_of(after_, after.schemas, after.chosen);
  const Sides sides{was, is, asked() ? was : is, asked() ? is : was};
  if (!may_go_on(size_of(was) + size_of(is))) return;
  if (sides.narrow.never) return;
  if (sides.wide.never) {
    report(pointer, "is not taken any more", "may come now, and could not before");
    return;
  }
  ++depth_;
  if (was.groups.empty() && is.groups.empty()) {
    compare_shapes(sides, pointer);
  } else {
    compare_alternatives(before, after, sides, pointer);
  }
  --depth_;
}

void SchemaDiff::compare_shapes(const Sides& sides, const std::string& pointer) {
  compare_types(sides, pointer);
  compare_values(sides, pointer);
  compare_formats(sides, pointer);
  if (asked()) {  // a longer, larger or otherwise formed response breaks no client: it reads what comes
    compare_bounds(sides, pointer);
    compare_patterns(sides, pointer);
  }
  if (both_have(sides.before, sides.after, "object")) {
    compare_required(sides, pointer);
    compare_members(sides, pointer);
    compare_additional(sides, pointer);
  }
  if (both_have(sides.before, sides.after, "array")) compare_elements(sides, pointer);
  compare_others(sides, pointer);
}

void SchemaDiff::compare_types(const Sides& sides, const std::string& pointer) {
  std::set<std::string> lost;
  for (const auto& type : sides.narrow.types) {
    if (!covered(sides.wide.types, type)) lost.insert(type);
  }
  if (lost.empty()) return;
  constexpr std::size_t all = 6;
  if (sides.narrow.types.size() == all) {
    report(pointer, "must be " + listed(sides.wide.types) + " now",
           "may be anything now, no more than " + listed(sides.wide.types) + " before");
  } else {
    report(pointer, "may no longer be " + listed(lost), "may be " + listed(lost) + " now");
  }
}

void SchemaDiff::compare_values(const Sides& sides, const std::string& pointer) {
  if (!sides.wide.values) return;
  if (!sides.narrow.values) {
    report(pointer, "takes only certain values now", "is no longer one of certain values");
    return;
  }
  for (const auto& value : *sides.narrow.values) {
    if (sides.wide.values->count(value) == 0)
      report(pointer, "may no longer be " + value, "may be " + value + " now");
  }
}

void SchemaDiff::compare_required(const Sides& sides, const std::string& pointer) {
  for (const auto& name : sides.wide.required) {
    if (sides.narrow.required.count(name) == 1) continue;
    const bool known = sides.narrow.members.count(name) == 1;
    if (asked()) {
      report(pointer + in_pointer(name), known ? "is required now" : "is new, and required");
    } else if (known || sides.before.members.count(name) == 0 ||
               !sides.after.additional.empty()) {  // else it is gone
      report(pointer + in_pointer(name), "may be missing now");
    }
  }
}

void SchemaDiff::compare_members(const Sides& sides, const std::string& pointer) {
  for (const auto& [name, schemas] : sides.before.members) {
    if (!may_go_on(1)) return;
    const auto place = pointer + in_pointer(name);
    const auto now = sides.after.members.find(name);
    if (now != sides.after.members.end()) {
      compare({schemas}, {now->second}, place);
    } else if (!sides.after.additional.empty() && !sides.after.closed) {
      compare({schemas}, {sides.after.additional}, place);
    } else if (!shape_of(before_, schemas).never) {
      report(place, sides.after.closed ? "is refused now" : "is not read any more", "is gone");
    }
  }
  if (sides.before.additional.empty() || sides.before.closed) return;
  for (const auto& [name, schemas] : sides.after.members) {  // to old clients one of those that are not named
    if (sides.before.members.count(name) == 0)
      compare({sides.before.additional}, {schemas}, pointer + in_pointer(name));
  }
}

void SchemaDiff::compare_additional(const Sides& sides, const std::string& pointer) {
  // What a closed response promised, no further member, nobody relies on: a member may be added to it.
  if (sides.narrow.closed || (sides.wide.closed && !asked())) return;
  if (sides.wide.closed) {
    report(pointer, "refuses members that it does not know now");
  } else if (!sides.wide.additional.empty()) {
    compare({sides.before.additional}, {sides.after.additional}, pointer + "/*");
  }
}

void SchemaDiff::compare_elements(const Sides& sides, const std::string& pointer) {
  const auto element = [](const Shape& shape, std::size_t i) {
    return i < shape.prefix.size() ? shape.prefix[i] : shape.items;
  };
  const auto length = std::max(sides.before.prefix.size(), sides.after.prefix.size());
  for (std::size_t i = 0; i < length && may_go_on(1); ++i) {
    compare({element(sides.before, i)}, {element(sides.after, i)}, pointer + "/" + std::to_string(i));
  }
  if (!sides.wide.items.empty()) compare({sides.before.items}, {sides.after.items}, pointer + "/items");
}

void SchemaDiff::compare_others(const Sides& sides, const std::string& pointer) {
  std::set<std::string> keywords;
  for (const auto* shape : {&sides.before, &sides.after}) {
    for (const auto& [keyword, value] : shape->others) keywords.insert(keyword);
  }
  for (const auto& keyword : keywords) {
    const auto was = sides.before.others.find(keyword);
    const auto is = sides.after.others.find(keyword);
    const bool both = was != sides.before.others.end() && is != sides.after.others.end();
    if (both && same(*was->second, *is->second)) continue;
    report(pointer, fmt::format("may differ: its \"{}\" has changed", keyword));
  }
}

}  // namespace stile::openapi
