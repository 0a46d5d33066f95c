#include "openapi/components.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace stile {
namespace {

using Json = Components::Json;

constexpr std::string_view prefix = "#/components/schemas/";

template <class Visit>
void visit_reference(Json& value, const Visit& visit) {
  auto* text = value.get_ptr<std::string*>();
  if (text != nullptr && text->starts_with(prefix)) visit(*text);
}

// Calls visit(text) with each string that refers to a component: "$ref", and what a discriminator maps to.
template <class Visit>
void for_each_reference(Json& value, const Visit& visit) {
  if (value.is_array()) {
    for (auto& element : value) for_each_reference(element, visit);
  }
  if (!value.is_object()) return;
  for (auto& [name, member] : value.items()) {
    if (name == "$ref") {
      visit_reference(member, visit);
    } else if (name == "mapping") {
      for (auto& target : member) visit_reference(target, visit);
    } else if (name == "properties") {  // their names are the author's, whatever they look like
      for (auto& property : member) for_each_reference(property, visit);
    } else if (name != "examples" && name != "default" && name != "const" && name != "enum") {
      for_each_reference(member, visit);  // what an author gives as an example refers to nothing
    }
  }
}

// All that a schema is, with all that it refers to: equal exactly where two schemas of two functions mean the same.
std::string meaning_of(const std::string& name, Json& schemas) {
  std::set<std::string> known{name};
  std::vector<std::string> left{name};
  Json meaning = Json::object();
  while (!left.empty()) {
    const auto next = left.back();
    left.pop_back();
    const auto found = schemas.find(next);
    if (found == schemas.end()) continue;
    for_each_reference(*found, [&](const std::string& reference) {
      const auto other = reference.substr(prefix.size());
      if (known.insert(other).second) left.push_back(other);
    });
    meaning[next] = *found;
  }
  // Met in an order that is the same wherever the text is.
  return meaning.dump();
}

}  // namespace

Components::Components(std::map<std::string, Json>& fragments, const std::vector<std::string>& reserved) {
  // For each name its meanings, and for each of these the functions that have it.
  std::map<std::string, std::map<std::string, std::vector<std::string>>> meanings;
  for (auto& [id, fragment] : fragments) {
    for (const auto& [name, schema] : fragment.at("schemas").items())
      meanings[name][meaning_of(name, fragment.at("schemas"))].push_back(id);
  }
  std::map<std::string, std::map<std::string, std::string>> names;  // by function and name
  for (const auto& [name, groups] : meanings) {
    const bool is_taken = std::find(reserved.begin(), reserved.end(), name) != reserved.end();
    for (const auto& [meaning, ids] : groups) {
      const bool is_alone = groups.size() == 1 && !is_taken;
      for (const auto& id : ids) names[id][name] = is_alone ? name : name + "_" + ids.front();
    }
  }
  for (auto& [id, fragment] : fragments) {
    const auto& own = names[id];
    const auto rename = [&](std::string& reference) {
      const auto found = own.find(reference.substr(prefix.size()));
      if (found != own.end()) reference = std::string(prefix) + found->second;
    };
    for_each_reference(fragment.at("operations"), rename);
    for (auto& schema : fragment.at("schemas")) for_each_reference(schema, rename);
    for (const auto& [name, schema] : fragment.at("schemas").items()) schemas_.emplace(own.at(name), schema);
  }
}

Json Components::schemas() const {
  Json all = Json::object();
  for (const auto& [name, schema] : schemas_) all[name] = schema;
  return all;
}

}  // namespace stile
