#include "openapi/diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "manifest/text.hpp"
#include "openapi/content_diff.hpp"
#include "openapi/schema_diff.hpp"

namespace stile::openapi {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, const char*>, 8> methods{{{"get", "GET"},
                                                                      {"put", "PUT"},
                                                                      {"post", "POST"},
                                                                      {"delete", "DELETE"},
                                                                      {"options", "OPTIONS"},
                                                                      {"head", "HEAD"},
                                                                      {"patch", "PATCH"},
                                                                      {"trace", "TRACE"}}};

/// "/notes/{id}" -> "/notes/{}": what a path matches, whatever its parameters are called.
std::string shape_of_path(const std::string& path) {
  std::string shape;
  bool inside = false;
  for (const char c : path) {
    if (c == '}') inside = false;
    if (!inside) shape += c;
    if (c == '{') inside = true;
  }
  return shape;
}

/// Whether it is nested so deep that going through it by recursion would not be safe.
bool too_deep(const json& document) {
  std::vector<std::pair<const json*, std::size_t>> waiting{{&document, 0}};
  while (!waiting.empty()) {
    const auto [value, depth] = waiting.back();
    waiting.pop_back();
    if (depth > SchemaDiff::deepest) return true;
    if (!value->is_structured()) continue;
    for (const auto& child : *value) waiting.emplace_back(&child, depth + 1);
  }
  return false;
}

/// Nothing that a terminal would take for an order.
std::string printable_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

class DocumentDiff {
 public:
  DocumentDiff(const json& before, const json& after)
      : before_(before), after_(after), content_(before, after, [this](std::string place, std::string what) {
          report(std::move(place), std::move(what));
        }) {}

  std::vector<BreakingChange> run() {
    if (too_deep(before_) || too_deep(after_)) {
      report("", "the documents are nested too deep to be compared");
      return std::move(found_);
    }
    if (!content_.schemas().same(object_at(before_, "webhooks"), object_at(after_, "webhooks"))) {
      report("", "may differ: its \"webhooks\" has changed");
    }
    compare_base_paths();
    std::map<std::string, std::pair<std::string, const json*>> after_paths;
    for (const auto& [path, item] : object_at(after_, "paths").items()) {
      after_paths.emplace(shape_of_path(path), std::pair(path, &item));
    }
    for (const auto& [path, item] : object_at(before_, "paths").items()) {
      path_ = path;
      const auto now = after_paths.find(shape_of_path(path));
      if (now == after_paths.end()) {
        report("", "is gone");
      } else {
        compare_items(item, *now->second.second, now->second.first);
      }
      path_.clear();
    }
    return std::move(found_);
  }

 private:
  void report(std::string place, std::string what) {
    found_.push_back(
        {method_, printable_line(path_), printable_line(std::move(place)), printable_line(std::move(what))});
  }

  /// The paths of the servers, without scheme and host: those change with every deployment.
  static std::set<std::string> base_paths(const json& document) {
    std::set<std::string> paths;
    for (const auto& server : array_at(document, "servers")) {
      if (!server.is_object() || !server.contains("url") || !server.at("url").is_string()) continue;
      auto url = server.at("url").get<std::string>();
      if (const auto scheme = url.find("://"); scheme != std::string::npos) {
        url.erase(0, std::min(url.find('/', scheme + 3), url.size()));
      }
      while (url.ends_with('/')) url.pop_back();
      paths.insert(url);
    }
    if (paths.empty()) paths.insert("");
    return paths;
  }

  void compare_base_paths() {
    const auto now = base_paths(after_);
    for (const auto& path : base_paths(before_)) {
      if (now.count(path) == 0) report("", fmt::format("no server has the base path \"{}\" any more", path));
    }
  }

  void compare_items(const json& before, const json& after, const std::string& after_path) {
    const json& was = dereferenced(before_, before);
    const json& is = dereferenced(after_, after);
    if (!was.is_object() || !is.is_object()) return;
    for (const auto& [key, name] : methods) {
      const auto operation = was.find(key);
      if (operation == was.end() || !operation->is_object()) continue;
      method_ = name;
      const auto now = is.find(key);
      if (now == is.end() || !now->is_object()) {
        report("", "is gone");
      } else {
        compare_operations({was, *operation, path_}, {is, *now, after_path});
      }
      method_.clear();
    }
  }

  struct Operation {
    const json& item;
    const json& own;
    std::string path;
  };
  void compare_operations(const Operation& before, const Operation& after) {
    content_.compare_parameters(parameters_of(before_, before.item, before.own, before.path),
                                parameters_of(after_, after.item, after.own, after.path));
    content_.compare_request_bodies(before.own, after.own);
    content_.compare_responses(object_at(before.own, "responses"), object_at(after.own, "responses"));
    compare_security(before.own, after.own);
    constexpr std::array<std::string_view, 5> known{"parameters", "requestBody", "responses", "security",
                                                    "servers"};
    for (const json* operation : {&before.own, &after.own}) {
      for (const auto& [name, value] : operation->items()) {
        if (is_annotation(name) || std::find(known.begin(), known.end(), name) != known.end()) continue;
        if (operation == &after.own && before.own.contains(name)) continue;  // said already
        const bool both = before.own.contains(name) && after.own.contains(name);
        if (both && content_.schemas().same(before.own.at(name), after.own.at(name))) continue;
        report("", fmt::format("may differ: its \"{}\" has changed", name));
      }
    }
  }

  const json& security_of(const json& document, const json& operation) const {
    const auto own = operation.find("security");
    return own != operation.end() && own->is_array() ? *own : array_at(document, "security");
  }

  void compare_security(const json& before, const json& after) {
    const json& was = security_of(before_, before);
    const json& is = security_of(after_, after);
    const auto none = [](const json& requirement) { return requirement.is_object() && requirement.empty(); };
    if (is.empty() || std::any_of(is.begin(), is.end(), none)) return;
    if (was.empty()) report("", "needs credentials now");
    for (const auto& way : was) {
      if (std::find(is.begin(), is.end(), way) == is.end()) {
        report("", "may not take these credentials any more: " + printed(way));
      }
    }
  }

  const json& before_;
  const json& after_;
  std::string path_;
  std::string method_;
  std::vector<BreakingChange> found_;
  ContentDiff content_;
};

}  // namespace

std::string BreakingChange::text() const {
  std::string line = method;
  for (const auto* part : {&path, &place, &what}) {
    if (part->empty()) continue;
    const bool after_path = part != &path && !path.empty() && (part == &place || place.empty());
    line += (line.empty() ? "" : after_path ? ": " : " ") + *part;
  }
  return line;
}

std::vector<BreakingChange> breaking_changes(const json& before, const json& after) {
  return DocumentDiff(before, after).run();
}

}  // namespace stile::openapi
