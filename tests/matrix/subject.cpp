#include "matrix/subject.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <set>

#include "manifest/deployment.hpp"
#include "support/process.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

constexpr auto prefix = "/api";

std::string words(const Rights& rights) {
  std::string text;
  for (const auto& scope : rights.scopes) text += " s:" + scope;
  for (const auto& role : rights.roles) text += " r:" + role;
  return text;
}

std::string concrete(const Route& route) {
  std::string path;
  for (const auto& segment : route.segments()) {
    path += "/";
    if (segment.kind == Segment::Kind::literal) path += segment.text;
    if (segment.kind == Segment::Kind::parameter) path += "1";
    if (segment.kind == Segment::Kind::rest) path += "a/b";
  }
  return path;
}

// As OpenAPI writes it.
std::string path_template(const Route& route) {
  std::string path;
  for (const auto& segment : route.segments())
    path += segment.kind == Segment::Kind::literal ? "/" + segment.text : "/{" + segment.text + "}";
  return path;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

std::string cgi_name(const std::string& header) {
  auto name = upper(header);
  std::replace(name.begin(), name.end(), '-', '_');
  return name == "CONTENT_TYPE" ? name : "HTTP_" + name;
}

std::string value_of(const HttpHeaders& headers, const std::string& name) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return each.first == name; });
  return found == headers.end() ? "" : found->second;
}

void replace(std::string& text, const std::string& part, const std::string& by) {
  const auto at = text.find(part);
  if (at != std::string::npos) text.replace(at, part.size(), by);
}

bool has_word(const HttpResponse& response, const std::string& header, const std::string& word) {
  const auto values = response.header_values(header);
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return (", " + value + ",").find(", " + word + ",") != std::string::npos;
  });
}

}  // namespace

std::vector<Rights> rights_for(const json& access) {
  const std::vector<std::string> scopes = access.at("scopes");
  std::vector<std::string> roles;
  for (const auto& one_of : access.at("roles")) roles.push_back(one_of.back());
  std::vector<Rights> all{{scopes, roles}};
  for (const auto& scope : scopes) {
    all.push_back({scopes, roles, scope});
    std::erase(all.back().scopes, scope);
  }
  for (const auto& role : roles) {
    all.push_back({scopes, roles, role});
    std::erase(all.back().roles, role);
  }
  return all;
}

bool is_problem(const HttpResponse& response, int status) {
  const auto problem = json::parse(response.body, nullptr, false);
  return response.status == status && response.header("Content-Type") == "application/problem+json" &&
         problem.is_object() && problem.value("status", 0) == status && problem.contains("title") &&
         problem.contains("type");
}

Subject::Subject(Served& served, json manifest, std::string id)
    : served_(served),
      manifest_(std::move(manifest)),
      name_(manifest_.at("name")),
      id_(std::move(id)),
      route_(Route::parse(manifest_.at("route").get<std::string>()).below(prefix)),
      path_(concrete(route_)) {
  const auto& paths = served_.document().at("paths");
  if (const auto found = paths.find(path_template(route_)); found != paths.end()) document_ = *found;
}

bool Subject::has_method(const std::string& method) const {
  const auto all = methods();
  return std::find(all.begin(), all.end(), method) != all.end();
}

bool Subject::is_guarded() const {
  return manifest_.contains("access") && !manifest_["access"].at("schemes").empty();
}

std::vector<std::string> Subject::origins() const {
  std::vector<std::string> found;
  if (!manifest_.contains("cors")) return found;
  for (std::string origin : manifest_["cors"].at("origins")) {
    if (origin == "*") origin = "https://anyone.example";
    replace(origin, "://*.", "://a.b.");
    replace(origin, ":*", ":4321");
    found.push_back(origin);
  }
  return found;
}

bool Subject::allows(const std::string& origin, const std::string& method) const {
  if (!manifest_.contains("cors")) return false;
  const std::vector<std::string> allowed = manifest_["cors"].at("methods");
  if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) return false;
  const auto known = origins();
  return manifest_["cors"]["origins"] == json{"*"} ||
         std::find(known.begin(), known.end(), origin) != known.end();
}

std::vector<std::string> Subject::sockets() const {
  const auto folder = served_.project().run_directory() + "/sockets/" + id_;
  const auto instances = limit("instances").is_null() ? 1 : limit("instances").get<int>();
  if (instances == 1) return {folder + ".sock"};
  std::vector<std::string> all;
  for (int i = 0; i < instances; ++i) all.push_back(folder + "@" + std::to_string(i) + ".sock");
  return all;
}

std::map<std::string, json> Subject::operations() const {
  std::map<std::string, json> found;
  if (!document_.is_object()) return found;
  for (const auto& [method, operation] : document_.items()) found[upper(method)] = operation;
  return found;
}

json Subject::documented(const std::string& method, int status) const {
  const auto all = operations();
  const auto found = all.find(method);
  if (found == all.end()) return nullptr;
  const auto response = found->second.at("responses").value(std::to_string(status), json());
  if (!response.is_object() || !response.contains("$ref")) return response;
  return served_.document().at(json::json_pointer(response["$ref"].get<std::string>().substr(1)));
}

HttpResponse Subject::through_nginx(const Ask& ask) {
  HttpHeaders headers = ask.headers;
  auto origin = value_of(headers, "Origin");
  if (origin.empty()) {
    origin = origins().empty() ? "https://app.example" : origins().front();
    headers.emplace_back("Origin", origin);
  }
  headers.emplace_back("X-Forwarded-For", ask.address.empty() ? served_.fresh_address() : ask.address);
  const auto answer =
      served_.client().request(ask.method, served_.project().url(path_ + ask.query), headers, ask.body);
  check_answer(ask, origin, answer);
  return answer;
}

void Subject::check_answer(const Ask& ask, const std::string& origin, const HttpResponse& answer) const {
  CAPTURE(ask.method, ask.query, answer.status, answer.body.substr(0, 300));
  CHECK(answer.header_values("X-Request-Id").size() == 1);
  if (!answer.body.empty()) CHECK(answer.header("X-Content-Type-Options") == "nosniff");
  if (answer.status >= 400 && ask.method != "HEAD") CHECK(is_problem(answer, answer.status));
  const auto all = operations();
  if (const auto found = all.find(ask.method); found != all.end()) {
    const auto& responses = found->second.at("responses");
    const auto status = std::to_string(answer.status);
    CHECK((responses.contains(status) || responses.contains(status.substr(0, 1) + "XX")));
  }
  check_origin(ask, origin, answer);
}

// What is no request of a function's own (400, 405 and the like) says nothing of it.
void Subject::check_origin(const Ask& ask, const std::string& origin, const HttpResponse& answer) const {
  static const std::set<int> silent{400, 404, 405, 414, 431};
  const auto asked = value_of(ask.headers, "Access-Control-Request-Method");
  const bool allowed = allows(origin, ask.method == "OPTIONS" && !asked.empty() ? asked : ask.method);
  CAPTURE(origin, allowed);
  if (!allowed) {
    for (const auto* name : {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
                             "Access-Control-Allow-Methods", "Access-Control-Expose-Headers"})
      CHECK_FALSE(answer.has_header(name));
    return;
  }
  if (silent.count(answer.status) != 0) return;
  const auto& cors = manifest_["cors"];
  const bool open = cors.at("origins") == json{"*"};
  CHECK(answer.header_values("Access-Control-Allow-Origin") == std::vector<std::string>{open ? "*" : origin});
  CHECK(answer.header("Access-Control-Allow-Credentials") == (cors.at("credentials") == true ? "true" : ""));
  CHECK(has_word(answer, "Vary", "Origin") == !open);
  for (const std::string name : cors.at("expose"))
    CHECK(has_word(answer, "Access-Control-Expose-Headers", name));
  if (answer.status == 429) CHECK(has_word(answer, "Access-Control-Expose-Headers", "Retry-After"));
}

HttpResponse Subject::at_worker(const Ask& ask, const std::string& path) {
  CgiRequest request{.method = ask.method, .uri = path + ask.query, .body = ask.body.value_or("")};
  request.more.emplace_back("QUERY_STRING", ask.query.empty() ? "" : ask.query.substr(1));
  request.more.emplace_back("REMOTE_ADDR", ask.address.empty() ? served_.fresh_address() : ask.address);
  for (const auto& [name, value] : ask.headers) request.more.emplace_back(cgi_name(name), value);
  CAPTURE(path, ask.method, ask.query);
  if (!worker_) worker_.emplace(sockets().front());
  auto answer = worker_->exchange(request);
  if (ask.body) worker_.reset();  // it may have answered before the end of the body, and ended then
  HttpResponse response{answer.status, answer.headers, answer.body};
  if (response.status >= 400 && ask.method != "HEAD") CHECK(is_problem(response, response.status));
  return response;
}

Served::Served(MatrixSet set) : set_(std::move(set)) {
  const auto read = [&](const std::string& name) {
    return json::parse(read_file(set_.build + "/" + name + ".json"));
  };
  const auto overridden = json::parse(set_.overridden);
  const auto list = read("functions");
  std::vector<std::string> routes;
  for (const std::string name : list.at("functions")) {
    manifests_.push_back(read(name));
    manifests_.back()["limits"].merge_patch(overridden.value(name, json::object()));
    routes.push_back(Route::parse(manifests_.back().at("route").get<std::string>()).pattern());
  }
  make_keys();
  directory_.write("jwt.pem", signer_.public_pem());
  const json tokens{{"algorithms", {"ES256"}},
                    {"key", "jwt.pem"},
                    {"issuer", "https://issuer.example"},
                    {"audience", "matrix"}};
  const json whole{
      {"jwt", tokens}, {"trusted_proxies", "127.0.0.1"}, {"functions", json::parse(set_.overrides)}};
  const auto configuration = directory_.write("stile.json", whole.dump());
  std::map<std::string, std::string> environment{{"MATRIX_OTHERS", "of nobody"}};
  for (const auto& manifest : manifests_) {
    for (const std::string name : manifest.at("environment")) environment[name] = "http://127.0.0.1:1";
    for (const std::string name : manifest.at("secrets")) environment[upper(name)] = "a secret of eight";
  }
  project_.emplace(
      ServedOptions{.arguments = {"--functions-build", set_.build, "--config", configuration, "--keys-file",
                                  directory_.file("keys.json"), "--secrets-dir", directory_.file("none")},
                    .process = {.environment = environment}});
  const auto document = client_.get(project_->url("/openapi.json"));
  REQUIRE(document.status == 200);
  document_ = json::parse(document.body);
  const auto ids = make_ids(routes);
  for (std::size_t i = 0; i < manifests_.size(); ++i) {
    if (set_.left_out.count(manifests_[i].at("name")) == 0)
      subjects_.emplace_back(*this, manifests_[i], ids[i]);
  }
}

void Served::make_keys() {
  constexpr std::size_t many = 32;
  std::size_t count = 0;
  for (const auto& manifest : manifests_) {
    if (!manifest.contains("access")) continue;
    for (const auto& scheme : manifest["access"].at("schemes")) {
      if (scheme.at("kind") != "api_key") continue;
      for (const auto& rights : rights_for(manifest["access"])) {
        auto& keys = keys_[manifest.at("name").get<std::string>() + words(rights)];
        while (keys.size() < (manifest.contains("caller_rate") ? many : 1)) {
          std::vector<std::string> command{
              STILE_BINARY_DIR "/bin/stile",   "keys",        "add",
              "key" + std::to_string(++count), "--keys-file", directory_.file("keys.json")};
          for (const auto& scope : rights.scopes) command.insert(command.end(), {"--scope", scope});
          for (const auto& role : rights.roles) command.insert(command.end(), {"--role", role});
          auto outcome = run(command);
          INFO(outcome.err);
          REQUIRE(outcome.exit.clean());
          outcome.out.pop_back();
          keys.push_back(outcome.out);
        }
      }
    }
  }
}

HttpHeaders Served::proof(const Subject& subject, const json& scheme, const Rights& rights) {
  const auto kind = scheme.at("kind").get<std::string>();
  ++proofs_;
  if (kind == "api_key") {
    const auto& keys = keys_.at(subject.name() + words(rights));
    return {{"X-API-Key", keys[proofs_ % keys.size()]}};
  }
  if (kind == "jwt") {
    std::string scopes;
    for (const auto& scope : rights.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    json claims{{"sub", "ada" + std::to_string(proofs_)},
                {"iss", "https://issuer.example"},
                {"aud", "matrix"},
                {"exp", now.count() + 600}};
    claims["scope"] = scopes;
    claims["roles"] = rights.roles;
    return {{"Authorization", "Bearer " + signer_.token(json{{"alg", "ES256"}, {"typ", "JWT"}}, claims)}};
  }
  const auto& value = rights.lacks.empty() ? set_.known : set_.unknown;
  if (value.empty())
    throw std::runtime_error(set_.name + ": nothing is said that " + scheme.dump() + " takes");
  if (kind == "cookie") return {{"Cookie", scheme.at("name").get<std::string>() + "=" + value}};
  if (kind == "header") return {{scheme.at("name"), value}};
  throw std::runtime_error("a scheme that this test does not know: " + kind);
}

HttpHeaders Served::forgery(const json& scheme) const {
  const auto kind = scheme.at("kind").get<std::string>();
  if (kind == "jwt")
    return {
        {"Authorization", "Bearer " + Signer::p256().token(json{{"alg", "ES256"}}, json{{"sub", "ada"}})}};
  if (kind == "api_key") {
    auto key = keys_.begin()->second.front();
    key.back() = key.back() == '0' ? '1' : '0';
    return {{"X-API-Key", key}};
  }
  const auto name = scheme.at("name").get<std::string>();
  if (kind == "cookie") return {{"Cookie", name + "=guessed"}};
  return {{name, "guessed"}};
}

// Of the network that is for measurements (RFC 2544), which is nobody's own.
std::string Served::fresh_address() {
  const unsigned number = ++addresses_;
  return "198.18." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
}

}  // namespace stile::test
