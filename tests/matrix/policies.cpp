#include "matrix/policies.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "support/eventually.hpp"
#include "support/process.hpp"

namespace stile::test {
namespace {

using nlohmann::json;

void collect(const json& value, const std::string& name, std::set<std::string>& found) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [member, inner] : value.items())
      collect(inner, name.empty() ? member : name + "." + member, found);
    return;
  }
  const bool of_objects = value.is_array() && !value.empty() &&
                          std::all_of(value.begin(), value.end(), [](auto& e) { return e.is_object(); });
  if (of_objects) {
    for (const auto& inner : value) collect(inner, name, found);
    return;
  }
  found.insert(name);
}

const json& slots_of(const json& status, const Subject& subject) {
  const auto& all = status.at("functions");
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const json& each) { return each.at("name") == subject.name(); });
  REQUIRE(found != all.end());
  return found->at("slots");
}

std::vector<pid_t> processes_of(Subject& subject) {
  std::vector<pid_t> found;
  const auto status = json::parse(subject.served().project().ask("status"));
  for (const auto& slot : slots_of(status, subject)) {
    if (slot.at("pid").get<pid_t>() > 0) found.push_back(slot.at("pid"));
  }
  CHECK_FALSE(found.empty());
  return found;
}

Seen look_at_processes(Subject& subject) {
  const auto number = [&](const char* name, unsigned otherwise) {
    return subject.limit(name).is_null() ? otherwise : subject.limit(name).get<unsigned>();
  };
  const auto least = static_cast<std::ptrdiff_t>(number("min_instances", 0));
  std::size_t slots = 0;
  const bool enough = eventually([&] {
    const auto status = json::parse(subject.served().project().ask("status"));
    const auto& all = slots_of(status, subject);
    slots = all.size();
    return least <= std::count_if(all.begin(), all.end(),
                                  [](const json& slot) { return slot.at("pid").get<pid_t>() > 0; });
  });
  CHECK(enough);
  return {true, slots == number("instances", 1) ? std::set{By::supervisor} : std::set<By>{}, false};
}

std::set<std::string> variables_of(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/environ");
  std::set<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\0', at), text.size());
    names.insert(text.substr(at, text.find('=', at) - at));
    at = end + 1;
  }
  return names;
}

// What it declares and nothing else that the server was given; variables of all sets are in its environment.
Seen look_at_surroundings(Subject& subject) {
  std::set<std::string> declared{subject.manifest().at("environment").begin(),
                                 subject.manifest().at("environment").end()};
  for (std::string name : subject.manifest().at("secrets")) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    declared.insert(name);
    CHECK(subject.served().document().dump().find("a secret of eight") == std::string::npos);
  }
  subject.at_worker({.method = "OPTIONS"});  // so that there is a process
  static const std::set<std::string> always{"PATH", "TZ", "TMPDIR", "LANG", "LANGUAGE"};
  bool right = true;
  for (const auto pid : processes_of(subject)) {
    const auto given = variables_of(pid);
    for (const auto& name : declared) right = right && given.count(name) == 1;
    for (const auto& name : given) {
      const bool known = declared.count(name) + always.count(name) != 0 || name.starts_with("STILE_") ||
                         name.starts_with("LC_") || name.ends_with("SAN_OPTIONS");
      CAPTURE(name);
      CHECK(known);
    }
  }
  return {!declared.empty(), right && !declared.empty() ? std::set{By::supervisor} : std::set<By>{}, false};
}

// Its processes stand still, and as many ask as are let through at once, and one more.
Seen look_at_time(Subject& subject) {
  if (subject.limit("timeout_ms").is_null()) return {};
  constexpr std::size_t short_enough = 800;  // a process that stands still for a second is replaced
  constexpr std::size_t few = 20;
  if (subject.limit("timeout_ms") > short_enough)
    return {true, {}, false, {By::nginx}};  // this test is to be quick
  std::size_t bound = 0;                    // 0: too many to be held here
  if (!subject.limit("concurrency").is_null() && !subject.limit("queue").is_null()) {
    const std::size_t instances = subject.sockets().size();
    bound = subject.limit("concurrency").get<std::size_t>() * instances +
            subject.limit("queue").get<std::size_t>();
    bound = (bound + instances - 1) / instances * instances;  // nginx counts for each process
    if (bound > few) bound = 0;
  }
  const std::size_t callers = bound + 1;
  subject.at_worker({.method = "OPTIONS"});  // so that there is a process
  FastCgiConnection direct(subject.sockets().front());
  const auto stopped = processes_of(subject);
  for (const auto pid : stopped) stop_by_signal(pid);
  direct.send(CgiRequest{.method = "OPTIONS", .uri = subject.path()});
  std::vector<std::future<int>> answers;
  for (std::size_t i = 0; i < callers; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return HttpClient().request("OPTIONS", subject.served().project().url(subject.path())).status;
    }));
  }
  std::vector<int> statuses;
  for (auto& answer : answers) statuses.push_back(answer.get());
  for (const auto pid : stopped) ::kill(pid, SIGCONT);
  const auto count = [&](int status) {
    return static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), status));
  };
  CAPTURE(statuses);
  CHECK(count(503) == (bound == 0 ? 0 : 1));
  Seen seen{true, {}, false};
  if (count(504) == std::max<std::size_t>(bound, 1)) seen.by.insert(By::nginx);
  if (direct.receive().status != 204) seen.by.insert(By::worker);  // it answers when it can, however late
  return seen;
}

// OpenAPI says it of the parameter; that no log and no kept crash has it is seen elsewhere.
Seen look_at_secret_parameters(Subject& subject) {
  const std::vector<std::string> names = subject.manifest().at("secret_parameters");
  std::set<std::string> told;
  for (const auto& [method, operation] : subject.operations()) {
    for (const auto& parameter : operation.value("parameters", json::array())) {
      if (parameter.at("schema").value("format", "") == "password") told.insert(parameter.at("name"));
    }
  }
  std::set<std::string> parameters(names.begin(), names.end());
  // What proves who calls is told as such, and masked as they are.
  if (subject.manifest().contains("access")) {
    for (const auto& scheme : subject.manifest().at("access").at("schemes"))
      parameters.erase(scheme.at("name").get<std::string>());
  }
  CHECK(told == parameters);
  return {!parameters.empty(), {}, !told.empty()};
}

}  // namespace

const std::vector<Policy>& policies() {
  static const std::vector<Policy> table{
      // The first, as it is about processes that are there before anybody has asked.
      {"instances", {"limits.instances", "limits.min_instances"}, {By::supervisor}, false, look_at_processes},
      // Before others have asked for the callers of that function more often than they may.
      {"caller_rate",
       {"caller_rate.requests", "caller_rate.per_ms", "caller_rate.burst"},
       {By::worker},
       true,
       look_at_caller_rate},
      {"route", {"file", "name", "route"}, {By::nginx, By::worker}, true, look_at_route},
      {"methods", {"methods"}, {By::nginx, By::worker}, true, look_at_methods},
      {"parameters and bodies", {}, {By::nginx, By::worker}, true, look_at_parameters},
      {"access",
       {"access.schemes.kind", "access.schemes.name", "access.schemes", "access.scopes", "access.roles"},
       {By::worker},
       true,
       look_at_access},
      {"guesses", {}, {By::worker}, true, look_at_guesses},
      {"max_body", {"limits.max_body"}, {By::nginx, By::worker}, true, look_at_body},
      {"rate",
       {"limits.rate.requests", "limits.rate.per_ms", "limits.rate.burst"},
       {By::nginx},
       true,
       look_at_rate},
      {"cache",
       {"limits.cache_s", "vary", "cache_inputs.query", "cache_inputs.headers", "cache_inputs.cookies",
        "cache_inputs.refuses_other_query", "cache_inputs.unnamed"},
       {By::nginx},
       true,
       look_at_cache},
      {"cors",
       {"cors.origins", "cors.methods", "cors.headers", "cors.expose", "cors.credentials", "cors.max_age_s"},
       {By::nginx},
       false,
       look_at_cors},
      {"conditions", {}, {By::nginx, By::worker}, true, look_at_conditions},
      {"environment and secrets", {"environment", "secrets"}, {By::supervisor}, false, look_at_surroundings},
      {"secret parameters",
       {"secret_parameters"},
       {},
       true,
       look_at_secret_parameters,
       "tests/worker/recorder_test.cpp"},
      {"time, and requests at once",
       {"limits.timeout_ms", "limits.concurrency", "limits.queue"},
       {By::nginx},
       false,
       look_at_time,
       "tests/faults/overload_test.cpp"},
      {"replacement",
       {"limits.max_requests", "limits.max_memory", "limits.idle_timeout_ms"},
       {By::supervisor},
       false,
       {},
       "tests/e2e/replacement_test.cpp"},
      {"slow calls", {"limits.slow_ms"}, {By::worker}, false, {}, "tests/faults/calls_test.cpp"},
      {"no numbers", {"limits"}, {}, false, {}, "tests/unit/manifest/manifest_test.cpp"},
  };
  return table;
}

std::set<std::string> members_of(const json& manifest) {
  std::set<std::string> found;
  collect(manifest, "", found);
  return found;
}

std::set<std::string> members_without_row(const json& manifest) {
  auto left = members_of(manifest);
  for (const auto& policy : policies()) {
    for (const auto& member : policy.members) left.erase(member);
  }
  return left;
}

}  // namespace stile::test
