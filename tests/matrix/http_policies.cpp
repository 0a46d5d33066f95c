// What a client can see of the policies, and whoever speaks to a worker directly.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "matrix/policies.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

constexpr std::uint64_t usual_max_body = 1'048'576;
constexpr int most_guesses = 20;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Which of both ways has shown it.
std::set<By> by(bool nginx, bool worker) {
  std::set<By> all;
  if (nginx) all.insert(By::nginx);
  if (worker) all.insert(By::worker);
  return all;
}

const json& schemes_of(const Subject& subject) { return subject.manifest().at("access").at("schemes"); }

// For whom may call, by the first way that it takes.
HttpHeaders credentials(Subject& subject) {
  if (!subject.is_guarded()) return {};
  return subject.served().proof(subject, schemes_of(subject).front(),
                                rights_for(subject.manifest()["access"]).front());
}

// The gate's own words: a function may answer by 401 as well.
bool is_gate_refusal(const HttpResponse& answer, int status) {
  if (answer.status != status) return false;
  if (answer.body.empty()) return true;  // of HEAD
  const auto problem = json::parse(answer.body, nullptr, false);
  const auto detail = problem.value("detail", "");
  return status == 401 ? detail.starts_with("this needs") : detail.starts_with("the caller lacks");
}

// What is said of the requests of an address, not of a caller's.
std::string policies_by_address(const HttpResponse& answer) {
  std::string all;
  for (const auto& policy : answer.header_values("RateLimit-Policy")) {
    if (policy.starts_with("\"address\"")) all += policy;
  }
  return all;
}

bool is_counted_by(const HttpResponse& answer, const std::string& what) {
  return answer.status == 429 && answer.header("RateLimit").starts_with("\"" + what + "\";r=0;t=");
}

// Who has not proved who he is, by any spelling of the path that a router could take for the same.
void check_spellings(Subject& subject) {
  const auto path = subject.path();
  const auto last = path.rfind('/');
  const auto begin = path.substr(0, last);
  const auto end = path.substr(last + 1);
  auto capitals = path;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  for (const auto& spelling :
       {path + "/", path + "//", path + ";x", path + "%00", path + "%20", path + "/.", begin + "//" + end,
        begin + "%2f" + end, begin + "/./" + end, begin + "/x/../" + end, "/" + path, capitals}) {
    CAPTURE(spelling);
    const auto served = subject.served().get(spelling);
    const auto direct = subject.at_worker({}, spelling);
    CHECK((served.status == 401 || served.status == 400 || served.status == 404 || served.status == 405));
    CHECK((direct.status == 401 || direct.status == 404 || direct.status == 405));
  }
}

void check_rights(Subject& subject) {
  const auto& access = subject.manifest()["access"];
  for (const auto& scheme : access["schemes"]) {
    for (const auto& method : subject.methods()) {
      if (method == "OPTIONS") continue;
      const auto served =
          subject.through_nginx({.method = method, .headers = subject.served().forgery(scheme)});
      const auto direct = subject.at_worker({.method = method, .headers = subject.served().forgery(scheme)});
      CHECK(served.status == 401);
      CHECK(direct.status == 401);
    }
    const auto method = subject.methods().front();
    for (const auto& rights : rights_for(access)) {
      const Ask ask{.method = method, .headers = subject.served().proof(subject, scheme, rights)};
      CAPTURE(method, rights.lacks);
      const auto served = subject.through_nginx(ask);
      const auto direct = subject.at_worker(ask);
      CHECK(served.status == direct.status);
      if (rights.lacks.empty()) {
        CHECK((direct.status != 401 && direct.status != 403));
        CHECK(direct.header("Cache-Control") == "private");
        CHECK(served.header("Cache-Control") == direct.header("Cache-Control"));
      } else {
        CHECK(is_gate_refusal(served, 403));
        CHECK(is_gate_refusal(direct, 403));
      }
    }
  }
}

// Any one of the schemes, each with the scopes; and who reads the document is told what a refusal looks like.
bool documents_access(Subject& subject) {
  bool all = true;
  const auto& access = subject.manifest()["access"];
  const auto& known = subject.served().document().at("components").value("securitySchemes", json::object());
  for (const auto& [method, operation] : subject.operations()) {
    const auto security = operation.value("security", json::array());
    all = all && security.size() == access["schemes"].size() && !subject.documented(method, 401).is_null() &&
          subject.documented(method, 403).is_null() == (access["scopes"].empty() && access["roles"].empty());
    for (std::size_t i = 0; i < security.size(); ++i) {
      const auto& scheme = access["schemes"][i];
      const auto name = security[i].begin().key();
      REQUIRE(known.contains(name));
      const auto kind = scheme["kind"].get<std::string>();
      CHECK(security[i].begin().value() == access["scopes"]);
      CHECK(known[name].at("type") == (kind == "jwt" ? "http" : "apiKey"));
      if (kind != "jwt") {
        CHECK(known[name].at("in") == (kind == "cookie" ? "cookie" : "header"));
        CHECK(known[name].at("name") == (kind == "api_key" ? json("X-API-Key") : scheme["name"]));
      }
    }
  }
  return all;
}

std::vector<std::string> parameters_in(const json& operation, const std::string& place) {
  std::vector<std::string> names;
  for (const auto& parameter : operation.value("parameters", json::array())) {
    if (parameter.at("in") != place) continue;
    std::string name = parameter.at("name");
    if (place == "header")
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

bool is_hit(const HttpResponse& answer) { return answer.header("Cache-Status").starts_with("Stile; hit"); }
bool is_miss(const HttpResponse& answer) {
  return answer.header("Cache-Status").starts_with("Stile; fwd=miss");
}

// What an answer is told apart by, and what it is not.
void check_kept_apart(Subject& subject) {
  const auto& inputs = subject.manifest().at("cache_inputs");
  const auto told_apart = [&](const Ask& ask) {
    CHECK(is_miss(subject.through_nginx(ask)));
    CHECK(is_hit(subject.through_nginx(ask)));
  };
  const auto plain = subject.through_nginx({});
  std::vector<std::string> varies;
  for (const auto& value : plain.header_values("Vary")) {
    std::istringstream words(value);
    for (std::string word; std::getline(words >> std::ws, word, ',');) varies.push_back(word);
  }
  for (const std::string name : subject.manifest().at("vary")) {
    CAPTURE(name);
    const bool is_cookie = name.starts_with("cookie:");
    told_apart({.headers = is_cookie ? HttpHeaders{{"Cookie", name.substr(7) + "=matrix"}}
                                     : HttpHeaders{{name, "matrix"}}});
    CHECK(std::count(varies.begin(), varies.end(), is_cookie ? "Cookie" : name) == 1);
  }
  for (const std::string name : inputs.at("query")) {
    CAPTURE(name);
    if (name.find_first_of("[]%+&") == std::string::npos) told_apart({.query = "?" + name + "=77"});
  }
  for (const auto& header : {"Authorization", "X-Undeclared", "Range"}) {
    CAPTURE(header);
    CHECK(is_hit(subject.through_nginx({.headers = {{header, "matrix"}}})));
  }
  CHECK(is_hit(subject.through_nginx({.query = "?undeclared=1"})) ==
        (inputs.at("refuses_other_query") == false));
}

void check_preflight(Subject& subject, const json& cors, const std::string& origin,
                     const std::string& method) {
  CAPTURE(origin, method);
  const HttpHeaders asked{{"Origin", origin}, {"Access-Control-Request-Method", method}};
  const auto answer = subject.through_nginx({.method = "OPTIONS", .headers = asked});
  CHECK(answer.status == 204);
  const bool allowed = subject.allows(origin, method);
  CHECK(answer.header("Access-Control-Allow-Methods") == (allowed ? joined(cors.at("methods")) : ""));
  CHECK(answer.header("Access-Control-Allow-Headers") == (allowed ? joined(cors.at("headers")) : ""));
  CHECK(answer.header("Access-Control-Max-Age") ==
        (allowed ? std::to_string(cors.at("max_age_s").get<int>()) : ""));
}

}  // namespace

// It answers at its own path alone, also to who speaks to it directly.
Seen look_at_route(Subject& subject) {
  const auto reaches = [](const HttpResponse& answer) {
    return answer.status == 204 && answer.has_header("Allow");
  };
  Seen seen{true, {}, subject.document().is_object()};
  if (reaches(subject.through_nginx({.method = "OPTIONS"}))) seen.by.insert(By::nginx);
  if (reaches(subject.at_worker({.method = "OPTIONS"}))) seen.by.insert(By::worker);
  for (auto& other : subject.served().subjects()) {
    if (subject.route().match(other.path())) continue;
    CAPTURE(other.path());
    CHECK(subject.at_worker({.method = "OPTIONS"}, other.path()).status == 404);
  }
  for (const auto* path : {"/", "/api/nothing/is/here", "/openapi.json", "*", "/api/../api"}) {
    CAPTURE(path);
    CHECK(subject.at_worker({.method = "OPTIONS"}, path).status == (subject.route().match(path) ? 204 : 404));
  }
  return seen;
}

Seen look_at_methods(Subject& subject) {
  const auto allow = joined(subject.methods());
  bool nginx = true;
  bool worker = true;
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "GETS"}) {
    if (subject.has_method(method)) continue;
    CAPTURE(method);
    const auto served = subject.through_nginx({.method = method});
    const auto direct = subject.at_worker({.method = method});
    CAPTURE(served.status, served.header("Allow"));
    nginx = nginx && served.status == 405 && served.header("Allow") == allow;
    worker = worker && direct.status == 405 && direct.header("Allow") == allow;
  }
  // nginx refuses it before it knows whose path that is, so its Allow is not the function's.
  CHECK(subject.through_nginx({.method = "TRACE"}).status == 405);
  CHECK(subject.at_worker({.method = "TRACE"}).header("Allow") == allow);
  for (const auto& answer :
       {subject.through_nginx({.method = "OPTIONS"}), subject.at_worker({.method = "OPTIONS"})})
    CHECK(answer.header("Allow") == allow);
  auto told = subject.methods();
  std::erase_if(told, [](const std::string& method) { return method == "HEAD" || method == "OPTIONS"; });
  std::vector<std::string> documented;
  for (const auto& [method, operation] : subject.operations()) documented.push_back(method);
  return {true, by(nginx, worker), sorted(told) == sorted(documented)};
}

// What the document calls required is: without it the function does not run. No member of the manifest says that.
Seen look_at_parameters(Subject& subject) {
  const auto is_required = [](const json& parameter) {
    return parameter.at("in") != "path" && parameter.value("required", false);
  };
  Seen seen{false, by(true, true), false};
  const auto see = [&](const Ask& ask, int status) {
    CAPTURE(ask.method, status);
    seen.declared = true;
    if (subject.through_nginx(ask).status != status) seen.by.erase(By::nginx);
    if (subject.at_worker(ask).status != status) seen.by.erase(By::worker);
    seen.documented = !subject.documented(ask.method, status).is_null();
    CHECK(seen.documented);
  };
  for (const auto& [method, operation] : subject.operations()) {
    const auto parameters = operation.value("parameters", json::array());
    auto headers = credentials(subject);
    if (std::any_of(parameters.begin(), parameters.end(), is_required)) {
      see({.method = method, .headers = headers}, 422);
      continue;
    }
    if (!operation.contains("requestBody")) continue;
    headers.emplace_back("Content-Type", "application/x-of-nobody");
    see({.method = method, .headers = headers, .body = "x"}, 415);
  }
  if (!seen.declared) seen.by.clear();
  return seen;
}

// nginx knows nothing of it: what it passes on is refused by the worker, and so the same is seen through it.
Seen look_at_access(Subject& subject) {
  bool served_refuses = false;
  bool direct_refuses = false;
  if (subject.is_guarded()) {
    served_refuses = direct_refuses = true;
    for (const auto& method : subject.methods()) {
      if (method == "OPTIONS") continue;
      CAPTURE(method);
      const auto served = subject.through_nginx({.method = method});
      const auto direct = subject.at_worker({.method = method});
      served_refuses = served_refuses && is_gate_refusal(served, 401);
      direct_refuses = direct_refuses && is_gate_refusal(direct, 401);
      CHECK(served.header_values("WWW-Authenticate") == direct.header_values("WWW-Authenticate"));
      CHECK(direct.header_values("WWW-Authenticate").size() == schemes_of(subject).size());
    }
    check_rights(subject);
    check_spellings(subject);
    CHECK(served_refuses);
    return {true, by(false, direct_refuses), documents_access(subject)};
  }
  bool documented = false;
  for (const auto& [method, operation] : subject.operations())
    documented = documented || operation.contains("security");
  if (subject.has_method("GET")) {
    served_refuses = is_gate_refusal(subject.through_nginx({}), 401);
    direct_refuses = is_gate_refusal(subject.at_worker({}), 401);
    CHECK_FALSE(served_refuses);
  }
  return {false, by(false, direct_refuses), documented};
}

// Who guesses too often is refused unheard, whichever way he comes; others are not.
Seen look_at_guesses(Subject& subject) {
  if (!subject.is_guarded()) return {};
  const Ask guess{.method = subject.methods().front(),
                  .headers = subject.served().forgery(schemes_of(subject).front()),
                  .address = subject.served().fresh_address()};
  for (int i = 0; i < most_guesses; ++i) CHECK(subject.at_worker(guess).status == 401);
  Seen seen{true, {}, true};
  if (is_counted_by(subject.at_worker(guess), "refusals")) seen.by.insert(By::worker);
  CHECK(is_counted_by(subject.through_nginx(guess), "refusals"));
  auto other = guess;
  other.address = subject.served().fresh_address();
  CHECK(subject.at_worker(other).status == 401);
  for (const auto& [method, operation] : subject.operations())
    seen.documented = seen.documented && !subject.documented(method, 429).is_null();
  return seen;
}

Seen look_at_body(Subject& subject) {
  const bool is_own = !subject.limit("max_body").is_null();
  const auto most = is_own ? subject.limit("max_body").get<std::uint64_t>() : usual_max_body;
  auto all = subject.methods();
  std::erase_if(all, [](const std::string& method) { return method == "OPTIONS" || method == "HEAD"; });
  const std::set<std::string> with_body{"POST", "PUT", "PATCH"};
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return with_body.count(each) != 0; });
  const auto method = found == all.end() ? all.front() : *found;
  CAPTURE(method, most);
  const HttpHeaders type{{"Content-Type", "application/json"}};
  const std::string larger(most + 1, ' ');
  const bool nginx = is_problem(subject.through_nginx({method, {}, type, larger, {}}), 413);
  const bool worker = is_problem(subject.at_worker({method, {}, type, larger, {}}), 413);
  if (is_own) {
    auto chunked = type;
    chunked.emplace_back("Transfer-Encoding", "chunked");
    CHECK(subject.through_nginx({method, {}, chunked, larger, {}}).status == 413);
    const std::string largest(most, ' ');
    const auto served = subject.through_nginx({method, {}, type, largest, {}});
    const auto direct = subject.at_worker({method, {}, type, largest, {}});
    CHECK(served.status != 413);
    CHECK(served.status == direct.status);
  }
  bool documented = true;
  for (const auto& [name, operation] : subject.operations()) {
    if (operation.contains("requestBody"))
      documented = documented && !subject.documented(name, 413).is_null();
  }
  return {true, by(nginx, worker), documented};
}

// Of one address. OPTIONS that is no preflight is counted, and changes nothing; GET may be answered from what is kept.
Seen look_at_rate(Subject& subject) {
  const auto rate = subject.limit("rate");
  const bool declared = rate.is_object() && rate.at("requests") != 0;
  const auto requests = declared ? rate.at("requests").get<int>() : 0;
  const auto at_once = !declared ? 3 : rate.at("burst") == 0 ? requests : rate.at("burst").get<int>();
  const auto seconds = declared ? std::max(rate.at("per_ms").get<int>() / 1000, 1) : 0;
  const auto policy =
      declared ? "\"address\";q=" + std::to_string(requests) + ";w=" + std::to_string(seconds) : "";
  Seen seen{declared, {}, declared};
  bool nginx = true;
  for (const std::string method : {"OPTIONS", "GET"}) {
    if (!subject.has_method(method)) continue;
    CAPTURE(method);
    const auto address = subject.served().fresh_address();
    const auto ask = [&] {
      return Ask{.method = method,
                 .headers = method == "GET" ? credentials(subject) : HttpHeaders{},
                 .address = address};
    };
    for (int i = 0; i < at_once; ++i) {
      const auto served = subject.through_nginx(ask());
      CHECK(served.status != 429);
      CHECK(policies_by_address(served) == policy);
      if (is_counted_by(subject.at_worker(ask()), "address")) seen.by.insert(By::worker);
    }
    const auto refused = subject.through_nginx(ask());
    if (is_counted_by(subject.at_worker(ask()), "address")) seen.by.insert(By::worker);
    CHECK(is_counted_by(refused, "address") == declared);
    nginx = nginx && is_counted_by(refused, "address");
    if (!declared || !nginx) continue;
    CHECK(policies_by_address(refused) == policy);
    // nginx counts in thousandths of a request a second: of one a minute in 62.5 s.
    const auto wait = std::stod(refused.header("Retry-After"));
    CHECK(wait * requests >= seconds);
    CHECK(wait <= 1 + 1.05 * seconds / requests);
  }
  if (nginx) seen.by.insert(By::nginx);
  // A preflight is not counted, nor refused.
  const HttpHeaders preflight{{"Access-Control-Request-Method", "GET"}};
  const auto address = subject.served().fresh_address();
  for (int i = 0; i <= at_once && !subject.origins().empty(); ++i)
    CHECK(subject.through_nginx({.method = "OPTIONS", .headers = preflight, .address = address}).status ==
          204);
  for (const auto& [method, operation] : subject.operations()) {
    const auto response = subject.documented(method, 429);
    CHECK(response.is_null() == !(declared || subject.is_guarded()));
    for (const auto* header : {"Retry-After", "RateLimit", "RateLimit-Policy"})
      seen.documented = seen.documented && response.is_object() && response.at("headers").contains(header);
  }
  return seen;
}

// Of one caller, whatever address he asks from: known to the worker alone.
Seen look_at_caller_rate(Subject& subject) {
  if (!subject.manifest().contains("caller_rate")) return {};
  const auto& rate = subject.manifest()["caller_rate"];
  const int at_once = rate.at("burst") == 0 ? rate.at("requests") : rate.at("burst");
  const auto method = subject.methods().front();
  const Ask ask{.method = method, .headers = credentials(subject)};
  for (int i = 0; i < at_once; ++i) {
    const auto answer = subject.at_worker(ask);
    CHECK(answer.status != 429);
    CHECK(answer.header("RateLimit").starts_with("\"caller\";r="));
  }
  Seen seen{true, {}, !subject.documented(method, 429).is_null()};
  if (is_counted_by(subject.at_worker(ask), "caller")) seen.by.insert(By::worker);
  CHECK(is_counted_by(subject.through_nginx(ask), "caller"));
  CHECK(subject.through_nginx({.method = method, .headers = credentials(subject)}).status != 429);
  return seen;
}

Seen look_at_cache(Subject& subject) {
  Seen seen{subject.is_cached(), {}, false};
  for (const auto& [method, operation] : subject.operations()) {
    for (const auto& [status, response] : operation.at("responses").items()) {
      const auto headers = response.value("headers", json::object());
      const bool told = headers.contains("Age") && headers.contains("Cache-Status");
      if (method == "GET" && status.starts_with('2'))
        seen.documented = told;
      else
        CHECK_FALSE(told);
    }
  }
  if (!subject.has_method("GET")) return seen;
  const auto& inputs = subject.manifest().at("cache_inputs");
  const auto get = subject.operations().at("GET");
  CHECK(sorted(inputs.at("query")) == parameters_in(get, "query"));
  CHECK(sorted(inputs.at("cookies")) == parameters_in(get, "cookie"));
  auto headers = sorted(inputs.at("headers"));
  std::erase(headers, "authorization");  // which OpenAPI leaves to what it says of security
  CHECK(headers == parameters_in(get, "header"));
  for (int i = 0; i < 2; ++i) {
    const Ask ask{.headers = credentials(subject)};
    const auto served = subject.through_nginx(ask);
    const auto direct = subject.at_worker(ask);
    CHECK(served.status == direct.status);
    CHECK(served.header("Content-Type") == direct.header("Content-Type"));
    CHECK(served.has_header("Cache-Status") == subject.is_cached());
    if (is_hit(served) && served.has_header("Age")) seen.by.insert(By::nginx);
    if (direct.has_header("Cache-Status") || direct.has_header("Age")) seen.by.insert(By::worker);
  }
  const auto head = subject.through_nginx({.method = "HEAD", .headers = credentials(subject)});
  CHECK(is_hit(head) == subject.is_cached());
  if (subject.is_cached()) check_kept_apart(subject);
  return seen;
}

// What each answer says is checked for every one of them.
Seen look_at_cors(Subject& subject) {
  Seen seen{subject.manifest().contains("cors"), {}, false};
  auto origins = subject.origins();
  for (const auto* stranger :
       {"https://evil.example", "null", "http://app.example", "https://app.example.evil.example"})
    origins.emplace_back(stranger);
  for (const auto& origin : origins) {
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"}) {
      const HttpHeaders asked{{"Origin", origin}, {"Access-Control-Request-Method", method}};
      if (seen.declared) check_preflight(subject, subject.manifest()["cors"], origin, method);
      const auto served = subject.through_nginx({.method = "OPTIONS", .headers = asked});
      const auto direct = subject.at_worker({.method = "OPTIONS", .headers = asked});
      if (served.has_header("Access-Control-Allow-Origin")) seen.by.insert(By::nginx);
      if (direct.has_header("Access-Control-Allow-Origin")) seen.by.insert(By::worker);
      CHECK(direct.status == 204);
      CHECK(direct.header("Allow") == joined(subject.methods()));
    }
    if (subject.has_method("GET")) subject.through_nginx({.headers = {{"Origin", origin}}});
  }
  seen.documented = subject.document().dump().find("Access-Control-") != std::string::npos;
  return seen;
}

// No member of the manifest says that a function looks at conditions, so what the document says is held to what is done.
Seen look_at_conditions(Subject& subject) {
  if (!subject.has_method("GET")) return {};
  const bool documented = !subject.documented("GET", 304).is_null();
  Seen seen{documented, {}, documented};
  Ask ask{.headers = credentials(subject)};
  const auto first = subject.at_worker(ask);
  if (first.status != 200)
    return {documented, {}, documented, {By::nginx, By::worker}};  // it needs what is not known here
  CHECK(first.has_header("ETag") == documented);
  if (!documented) return seen;
  ask.headers.emplace_back("If-None-Match", first.header("ETag"));
  const auto served = subject.through_nginx(ask);
  const auto direct = subject.at_worker(ask);
  CHECK(served.body.empty());
  CHECK(direct.body.empty());
  CHECK(served.header("ETag") == first.header("ETag"));
  seen.by = by(served.status == 304, direct.status == 304);
  return seen;
}

}  // namespace stile::test
