#include "openapi/document.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "openapi/components.hpp"

namespace stile {
namespace {

using Json = Components::Json;

constexpr auto problem_name = "Problem";
constexpr auto refusal_name = "Refusal";

// Of those that a function's signature leads to: what they mean here.
std::string_view meaning_of(int status) {
  static const std::map<int, std::string_view> meanings{
      {400, "The request can't be understood"},
      {401, "Who asks is not known"},
      {403, "Who asks may not"},
      {404, "There is no such thing"},
      {409, "It does not go with what is there"},
      {410, "It is gone for good"},
      {412, "What was asked for as a condition does not hold"},
      {413, "The body is larger than this endpoint takes"},
      {415, "The body is of another media type than this endpoint takes"},
      {422, "The request is not as described here"},
      {429, "Too many requests"},
      {502, "Another server that is needed has failed"},
      {503, "At the moment it does not work"},
      {504, "It takes too long"}};
  const auto found = meanings.find(status);
  return found == meanings.end() ? "A problem" : found->second;
}

Json text_type() { return {{"type", "string"}}; }

// RFC 9457, section 3.
Json problem_schema() {
  Json properties;
  properties["type"] = {{"type", "string"}, {"format", "uri-reference"}};
  properties["title"] = text_type();
  properties["status"] = {{"type", "integer"}, {"minimum", 400}, {"maximum", 599}};
  properties["detail"] = text_type();
  properties["request_id"] = text_type();
  return {{"type", "object"},
          {"description", "What went wrong (RFC 9457)."},
          {"properties", properties},
          {"required", {"type", "title", "status"}}};
}

Json refusal_schema() {
  Json error;
  error["in"] = {{"type", "string"}, {"enum", {"path", "query", "header", "cookie", "body"}}};
  error["pointer"] = {{"type", "string"}, {"description", "Where in the body: a JSON Pointer (RFC 6901)."}};
  error["name"] = {{"type", "string"}, {"description", "Of the parameter, elsewhere."}};
  error["expected"] = text_type();
  error["came"] = {{"type", "string"}, {"description", "Cut where it is long; missing where nothing came."}};
  Json errors{{"type", "array"},
              {"items", {{"type", "object"}, {"properties", error}, {"required", {"in", "expected"}}}}};
  Json own{{"type", "object"}, {"properties", {{"errors", errors}}}, {"required", {"errors"}}};
  return {{"description", "A problem that names all that is not as described."},
          {"allOf", {{{"$ref", fmt::format("#/components/schemas/{}", problem_name)}}, own}}};
}

Json problem_response(std::string_view description, std::string_view schema) {
  const Json reference{{"$ref", fmt::format("#/components/schemas/{}", schema)}};
  return {{"description", description}, {"content", {{"application/problem+json", {{"schema", reference}}}}}};
}

// Of what nginx refuses; a function's own 429 has what the function says.
Json headers_of_limits() {
  Json wait{{"description", "Seconds until another request may be answered."},
            {"schema", {{"type", "integer"}, {"minimum", 1}}}};
  Json left{{"description",
             "What is left of the limit, and the seconds until there is more "
             "(draft-ietf-httpapi-ratelimit-headers)."},
            {"schema", text_type()}};
  Json policy{{"description", "The limit: requests, and the seconds in which they may come."},
              {"schema", text_type()}};
  return {{"Retry-After", std::move(wait)},
          {"RateLimit", std::move(left)},
          {"RateLimit-Policy", std::move(policy)}};
}

std::string response_name(int status) { return fmt::format("Problem{}", status); }

// "/files/{path...}" is "/files/{path}" there.
std::string path_template(const Route& route) {
  std::string path;
  for (const auto& segment : route.segments())
    path += segment.kind == Segment::Kind::literal ? "/" + segment.text : "/{" + segment.text + "}";
  return path.empty() ? "/" : path;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// "GET" and "notes/{id}" -> "getNotesById"
std::string operation_id(const std::string& method, const Route& route) {
  std::string id = lower(method);
  for (const auto& segment : route.segments()) {
    if (segment.kind != Segment::Kind::literal) id += "By";
    bool begins = true;
    for (const char c : segment.text) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!is_letter && !(c >= '0' && c <= '9')) {
        begins = true;
        continue;
      }
      id += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      begins = false;
    }
  }
  return route.segments().empty() ? id + "Index" : id;
}

std::string tag_of(const DeployedFunction& function) {
  const auto& segments = function.manifest.route.segments();
  if (segments.empty() || segments.front().kind != Segment::Kind::literal) return "index";
  return segments.front().text;
}

std::string description_of(const std::string& tag) {
  return tag == "index" ? "The API itself." : fmt::format("Everything below /{}.", tag);
}

// Of an answer that nginx keeps.
void add_cache_headers(Json& response) {
  Json& headers = response["headers"];
  headers["Age"] = {{"description", "Seconds since the answer was made, where it was kept (RFC 9111)."},
                    {"schema", {{"type", "integer"}, {"minimum", 0}}}};
  headers["Cache-Status"] = {{"description", "Whether it was kept (RFC 9211)."}, {"schema", text_type()}};
}

// A path's own parameters stand in the document even where the function does not look at them.
void add_path_parameters(Json& operation, const Route& route) {
  Json all = Json::array();
  Json& told = operation["parameters"];
  for (const auto& segment : route.segments()) {
    if (segment.kind == Segment::Kind::literal) continue;
    const auto is_this = [&](const Json& parameter) {
      return parameter.at("in") == "path" && parameter.at("name") == segment.text;
    };
    if (std::none_of(told.begin(), told.end(), is_this))
      all.push_back({{"name", segment.text}, {"in", "path"}, {"required", true}, {"schema", text_type()}});
  }
  for (auto& parameter : told) all.push_back(std::move(parameter));
  if (all.empty()) {
    operation.erase("parameters");
  } else {
    told = std::move(all);
  }
}

std::string name_of_scheme(const AccessScheme& scheme) {
  switch (scheme.kind) {
    case AccessScheme::Kind::api_key:
      return "apiKey";
    case AccessScheme::Kind::jwt:
      return "jwt";
    case AccessScheme::Kind::header:
      return "header." + scheme.name;
    case AccessScheme::Kind::cookie:
      return "cookie." + scheme.name;
  }
  return {};
}

// OpenAPI's Security Scheme Object.
Json security_scheme(const AccessScheme& scheme) {
  switch (scheme.kind) {
    case AccessScheme::Kind::api_key:
      return {{"type", "apiKey"}, {"in", "header"}, {"name", api_key_header}};
    case AccessScheme::Kind::jwt:
      return {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}};
    case AccessScheme::Kind::header:
      return {{"type", "apiKey"}, {"in", "header"}, {"name", scheme.name}};
    case AccessScheme::Kind::cookie:
      return {{"type", "apiKey"}, {"in", "cookie"}, {"name", scheme.name}};
  }
  return {};
}

class Document {
 public:
  explicit Document(const Deployment& deployment) : deployment_(deployment), info_(deployment.api) {}

  std::string write(const FragmentOf& fragment_of) {
    read_fragments(fragment_of);
    const Components components(fragments_, {problem_name, refusal_name});
    for (const auto& function : deployment_.functions) add_path(function);
    Json document{{"openapi", "3.1.0"}, {"info", info()}};
    for (const auto& server : info_.servers) document["servers"].push_back({{"url", server}});
    document["security"] = Json::array();  // each operation that is guarded says its own
    document["tags"] = Json::array();
    for (const auto& [tag, folder] : tags_)
      document["tags"].push_back({{"name", tag}, {"description", folder}});
    document["paths"] = std::move(paths_);
    Json schemas = components.schemas();
    schemas[problem_name] = problem_schema();
    schemas[refusal_name] = refusal_schema();
    document["components"] = {{"schemas", std::move(schemas)}, {"responses", responses()}};
    if (!security_schemes_.empty()) document["components"]["securitySchemes"] = std::move(security_schemes_);
    return document.dump() + "\n";
  }

 private:
  Json info() const {
    Json info{{"title", info_.title}, {"version", info_.version}, {"description", info_.description}};
    if (!info_.contact.empty())
      info["contact"] = {{info_.contact.find("://") == std::string::npos ? "email" : "url", info_.contact}};
    if (!info_.license.empty()) info["license"] = {{"name", info_.license}, {"identifier", info_.license}};
    return info;
  }

  void read_fragments(const FragmentOf& fragment_of) {
    for (const auto& function : deployment_.functions) {
      const auto text = fragment_of(function);
      Json fragment = text.empty() ? Json{{"operations", Json::object()}, {"schemas", Json::object()}}
                                   : Json::parse(text, nullptr, false);
      if (!fragment.is_object() || !fragment.contains("operations") || !fragment.contains("schemas")) {
        throw std::invalid_argument(fmt::format(
            "what the build has written of {} can't be read: build it again", function.manifest.file));
      }
      fragments_[function.id] = std::move(fragment);
    }
  }

  void add_path(const DeployedFunction& function) {
    const auto tag = tag_of(function);
    tags_.emplace(tag, description_of(tag));
    Json& path = paths_[path_template(function.route)];
    for (const auto& method : function.manifest.methods) {
      if (method == "HEAD" || method == "OPTIONS") continue;
      const auto& operations = fragments_.at(function.id).at("operations");
      Json told = operations.value(method, Json::object());
      path[lower(method)] = operation(function, method, tag, std::move(told));
    }
  }

  Json operation(const DeployedFunction& function, const std::string& method, const std::string& tag,
                 Json told) {
    Json result{{"operationId", unique(operation_id(method, function.manifest.route))}, {"tags", {tag}}};
    const auto summary = told.value("summary", fmt::format("{} {}", method, path_template(function.route)));
    result["summary"] = summary;
    result["description"] = told.value("description", summary);
    for (const char* name : {"deprecated", "parameters", "requestBody", "responses"}) {
      if (told.contains(name)) result[name] = std::move(told[name]);
    }
    add_path_parameters(result, function.route);
    if (const auto& access = function.manifest.access; access && access->is_guarded())
      add_security(result, told, *access);
    Json& responses = result["responses"];
    if (method == "GET" && function.limits.cache.count() > 0) {
      for (auto& [status, response] : responses.items()) {
        if (status.starts_with('2')) add_cache_headers(response);
      }
    }
    const auto add_problem = [&](int number) {
      problems_.insert(number);
      responses[std::to_string(number)] = {
          {"$ref", fmt::format("#/components/responses/{}", response_name(number))}};
    };
    for (const auto& status : told.value("problems", Json::array())) add_problem(status.get<int>());
    if (function.limits.rate.is_limit() || function.manifest.caller_rate) add_problem(429);
    // What nginx or Stile itself may say at any time: 405, 429, 500, 503 and others.
    responses["4XX"] = {{"$ref", "#/components/responses/Problem"}};
    responses["5XX"] = {{"$ref", "#/components/responses/Problem"}};
    return result;
  }

  // Any one of the schemes; the scopes are asked of each. Roles have no place of their own there.
  void add_security(Json& operation, Json& told, const AccessPolicy& access) {
    operation["description"] = fmt::format("{}\n\nFor callers with {}.",
                                           operation["description"].get<std::string>(), access.in_words());
    for (const auto& scheme : access.schemes) {
      const auto name = name_of_scheme(scheme);
      security_schemes_[name] = security_scheme(scheme);
      operation["security"].push_back({{name, access.scopes}});
    }
    told["problems"].push_back(401);
    told["problems"].push_back(429);  // of who has guessed too often
    if (!access.scopes.empty() || !access.roles.empty()) told["problems"].push_back(403);
  }

  std::string unique(const std::string& id) {
    auto found = id;
    for (int count = 2; !ids_.insert(found).second; ++count) found = fmt::format("{}{}", id, count);
    return found;
  }

  Json responses() const {
    Json responses{{"Problem", problem_response("A problem", problem_name)}};
    for (const int status : problems_)
      responses[response_name(status)] =
          problem_response(meaning_of(status), status == 422 ? refusal_name : problem_name);
    if (problems_.count(429) != 0) responses[response_name(429)]["headers"] = headers_of_limits();
    return responses;
  }

  const Deployment& deployment_;
  const ApiInfo& info_;
  std::map<std::string, Json> fragments_;
  Json paths_ = Json::object();
  Json security_schemes_ = Json::object();
  std::map<std::string, std::string> tags_;  // and what is said of them
  std::set<std::string> ids_;
  std::set<int> problems_;
};

}  // namespace

std::string openapi_document(const Deployment& deployment, const FragmentOf& fragment_of) {
  return Document(deployment).write(fragment_of);
}

}  // namespace stile
