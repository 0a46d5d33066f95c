#include "openapi/document.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace stile {
namespace {

using Json = nlohmann::json;

// "/files/{path...}" is "/files/{path}" there.
std::string path_template(const Route& route) {
  std::string path;
  for (const auto& segment : route.segments())
    path += segment.kind == Segment::Kind::literal ? "/" + segment.text : "/{" + segment.text + "}";
  return path.empty() ? "/" : path;
}

Json path_parameters(const Route& route) {
  auto parameters = Json::array();
  for (const auto& segment : route.segments()) {
    if (segment.kind == Segment::Kind::literal) continue;
    parameters.push_back(
        {{"name", segment.text}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return parameters;
}

Json operation(const DeployedFunction& function, const std::string& method) {
  Json result = {{"tags", {function.manifest.file}},
                 {"responses", {{"default", {{"description", "The function's answer, or a problem."}}}}}};
  if (auto parameters = path_parameters(function.route); !parameters.empty())
    result["parameters"] = std::move(parameters);
  if (method != "GET" && method != "DELETE")
    result["requestBody"] = {{"content", {{"application/json", {{"schema", Json::object()}}}}}};
  return result;
}

std::string key_of(const std::string& method) {
  std::string key;
  for (const char c : method) key += static_cast<char>(c - 'A' + 'a');
  return key;
}

}  // namespace

std::string openapi_document(const Deployment& deployment) {
  auto paths = Json::object();
  for (const auto& function : deployment.functions) {
    auto& path = paths[path_template(function.route)];
    for (const auto& method : function.manifest.methods) {
      if (method != "HEAD" && method != "OPTIONS") path[key_of(method)] = operation(function, method);
    }
  }
  return Json{{"openapi", "3.1.0"},
              {"info", {{"title", "Stile"}, {"version", "1"}}},
              {"paths", std::move(paths)}}
             .dump() +
         "\n";
}

}  // namespace stile
