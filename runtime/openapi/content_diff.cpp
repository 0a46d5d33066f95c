#include "openapi/content_diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "manifest/text.hpp"

namespace stile::openapi {
namespace {

using nlohmann::json;

std::string text_at(const json& value, const char* member) {
  const auto found = value.is_object() ? value.find(member) : value.end();
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_true(const json& value, const char* member) {
  const auto found = value.find(member);
  return found != value.end() && *found == true;
}

const json& schema_in(const json& value) {
  static const json anything = true;
  const auto found = value.is_object() ? value.find("schema") : value.end();
  return found == value.end() ? anything : *found;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return text;
}

std::string media_type_alone(const std::string& text) {
  return lower(std::string(trim(std::string_view(text).substr(0, text.find(';')))));
}

/// The content for a media type: under its own name, or a range that it is in.
const json* content_for(const json& contents, const std::string& type) {
  const auto wanted = media_type_alone(type);
  for (const auto& range : {wanted, wanted.substr(0, wanted.find('/')) + "/*", std::string("*/*")}) {
    for (const auto& [name, content] : contents.items()) {
      if (media_type_alone(name) == range) return &content;
    }
  }
  return nullptr;
}

/// The response for a status: under its own name, its class ("2XX"), or "default".
const json* response_for(const json& responses, const std::string& status) {
  for (const auto& name : {status, status.substr(0, 1) + "XX", std::string("default")}) {
    const auto found = responses.find(name);
    if (found != responses.end()) return &*found;
  }
  return nullptr;
}

bool counts_as_answer(const std::string& status) {
  return status.starts_with('2') || status.starts_with('3');
}

bool covers_all(const json& responses, char kind) {
  return std::any_of(responses.items().begin(), responses.items().end(),
                     [kind](const auto& response) { return response.key().front() == kind; });
}

std::string style_of(const json& parameter) {
  const auto style = text_at(parameter, "style");
  if (!style.empty()) return style;
  const auto in = text_at(parameter, "in");
  return in == "query" || in == "cookie" ? "form" : "simple";
}

bool explodes(const json& parameter) {
  const auto explode = parameter.find("explode");
  return explode == parameter.end() ? style_of(parameter) == "form" : *explode == true;
}

}  // namespace

const json& object_at(const json& value, const char* member) {
  static const json none = json::object();
  const auto found = value.is_object() ? value.find(member) : value.end();
  return found != value.end() && found->is_object() ? *found : none;
}

const json& array_at(const json& value, const char* member) {
  static const json none = json::array();
  const auto found = value.is_object() ? value.find(member) : value.end();
  return found != value.end() && found->is_array() ? *found : none;
}

Parameters parameters_of(const json& document, const json& item, const json& operation,
                         const std::string& path) {
  Parameters found;
  for (const json* owner : {&item, &operation}) {  // an operation's own takes the place of its path's
    for (const auto& entry : array_at(*owner, "parameters")) {
      const json& parameter = dereferenced(document, entry);
      const auto in = text_at(parameter, "in");
      auto name = text_at(parameter, "name");
      if (in == "header") name = lower(name);
      if (in == "path") {
        const auto position = path.find("{" + name + "}");
        if (position == std::string::npos) continue;
        const auto before =
            std::count(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(position), '{');
        name = fmt::format("{:04}", before);
      }
      found[{in, name}] = &parameter;
    }
  }
  return found;
}

void ContentDiff::compare_parameters(const Parameters& before, const Parameters& after) {
  const auto place_of = [](const json& parameter) {
    return fmt::format("{} parameter {}", text_at(parameter, "in"), printed(text_at(parameter, "name")));
  };
  for (const auto& [key, parameter] : before) {
    const auto now = after.find(key);
    if (now == after.end()) {
      report_(place_of(*parameter), "is not read any more");
    } else {
      compare_parameter(place_of(*parameter), *parameter, *now->second);
    }
  }
  for (const auto& [key, parameter] : after) {
    if (before.count(key) == 0 && is_true(*parameter, "required") && key.first != "path") {
      report_(place_of(*parameter), "is new, and required");
    }
  }
}

void ContentDiff::compare_parameter(const std::string& place, const json& before, const json& after) {
  if (is_true(after, "required") && !is_true(before, "required")) report_(place, "is required now");
  if (style_of(before) != style_of(after) || explodes(before) != explodes(after))
    report_(place, "is written in another way now");
  if (before.contains("content") || after.contains("content")) {
    compare_contents(Direction::request, place, object_at(before, "content"), object_at(after, "content"));
  }
  compare_schemas(Direction::request, place, schema_in(before), schema_in(after));
  compare_rest(place, before, after, {"name", "in", "required", "style", "explode", "content", "schema"});
}

void ContentDiff::compare_request_bodies(const json& before, const json& after) {
  const json& was = dereferenced(before_, object_at(before, "requestBody"));
  const json& is = dereferenced(after_, object_at(after, "requestBody"));
  const std::string place = "request body";
  if (was.empty()) {
    if (is_true(is, "required")) report_(place, "is new, and required");
    return;
  }
  if (is.empty()) {
    report_(place, "is not read any more");
    return;
  }
  if (is_true(is, "required") && !is_true(was, "required")) report_(place, "is required now");
  compare_contents(Direction::request, place, object_at(was, "content"), object_at(is, "content"));
  compare_rest(place, was, is, {"required", "content"});
}

void ContentDiff::compare_responses(const json& before, const json& after) {
  for (const auto& [status, response] : before.items()) {
    const bool range = status.ends_with("XX");
    const bool covered = range && !status.empty() && covers_all(after, status.front());
    if (counts_as_answer(status) && response_for(after, status) == nullptr && !covered)
      report_("response " + status, "is gone");
  }
  for (const auto& [status, response] : after.items()) {
    const json* was = status.empty() ? nullptr : response_for(before, status);
    if (was != nullptr) compare_response(status, dereferenced(before_, *was), dereferenced(after_, response));
  }
  for (const auto& [status, response] : before.items()) {  // one that goes on as part of a range
    if (status.empty() || after.contains(status)) continue;
    const json* is = response_for(after, status);
    const auto fallback = after.find("default");
    if (is != nullptr && (fallback == after.end() || is != &*fallback))
      compare_response(status, dereferenced(before_, response), dereferenced(after_, *is));
  }
}

void ContentDiff::compare_response(const std::string& status, const json& before, const json& after) {
  const auto place = "response " + status;
  compare_contents(Direction::response, place, object_at(before, "content"), object_at(after, "content"));
  compare_headers(place, object_at(before, "headers"), object_at(after, "headers"));
  compare_rest(place, before, after, {"content", "headers", "links"});
}

void ContentDiff::compare_headers(const std::string& place, const json& before, const json& after) {
  for (const auto& [name, header] : before.items()) {
    const auto its_place = fmt::format("{}, header {}", place, printed(name));
    const auto is_it = [wanted = lower(name)](const auto& other) { return lower(other.key()) == wanted; };
    const auto items = after.items();
    const auto now = std::find_if(items.begin(), items.end(), is_it);
    if (now == items.end()) {
      report_(its_place, "is gone");
      continue;
    }
    const json& was = dereferenced(before_, header);
    const json& is = dereferenced(after_, now.value());
    if (is_true(was, "required") && !is_true(is, "required")) report_(its_place, "may be missing now");
    compare_schemas(Direction::response, its_place, schema_in(was), schema_in(is));
    compare_rest(its_place, was, is, {"required", "schema"});
  }
}

void ContentDiff::compare_contents(Direction direction, const std::string& place, const json& before,
                                   const json& after) {
  for (const auto& [type, content] : before.items()) {
    const auto its_place = before.size() == 1 ? place : fmt::format("{} ({})", place, type);
    const json* now = content_for(after, type);
    if (now == nullptr) {
      report_(place, direction == Direction::request ? "is not taken as " + type + " any more"
                                                     : "does not come as " + type + " any more");
      continue;
    }
    compare_schemas(direction, its_place, schema_in(content), schema_in(*now));
    compare_rest(its_place, content, *now, {"schema"});
  }
}

void ContentDiff::compare_schemas(Direction direction, const std::string& place, const json& before,
                                  const json& after) {
  for (auto& change : schemas_.changes(direction, {&before}, {&after})) {
    report_(change.pointer.empty() ? place : fmt::format("{} {}", place, printed(change.pointer)),
            std::move(change.what));
  }
}

void ContentDiff::compare_rest(const std::string& place, const json& before, const json& after,
                               const std::set<std::string>& known) {
  std::set<std::string> names;
  for (const auto* side : {&before, &after}) {
    if (!side->is_object()) continue;
    for (const auto& [name, value] : side->items()) {
      if (known.count(name) == 0 && !is_annotation(name)) names.insert(name);
    }
  }
  for (const auto& name : names) {
    const bool both = before.contains(name) && after.contains(name);
    if (!both || !schemas_.same(before.at(name), after.at(name))) {
      report_(place, fmt::format("may differ: its \"{}\" has changed", name));
    }
  }
}

}  // namespace stile::openapi
