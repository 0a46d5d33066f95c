// All functions by all policies: nginx, the worker that is spoken to directly, and OpenAPI are of one mind.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "matrix/policies.hpp"
#include "matrix/subject.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

std::string words(const std::set<By>& all) {
  std::string text;
  for (const auto one : all)
    text += one == By::nginx ? " nginx" : one == By::worker ? " worker" : " supervisor";
  return text.empty() ? " nobody" : text;
}

void check_policy(const Policy& policy, Subject& subject) {
  CAPTURE(subject.name(), policy.name);
  if (!policy.look) return;
  const auto seen = policy.look(subject);
  auto expected = seen.declared ? policy.by : std::set<By>{};
  auto enforcing = seen.by;
  for (const auto one : seen.unasked) {
    expected.erase(one);
    enforcing.erase(one);
  }
  CHECK(words(enforcing) == words(expected));
  CHECK(seen.documented == (seen.declared && policy.documented));
}

// Each function, each policy; and that nothing of the manifest is left.
void walk(const MatrixSet& set) {
  Served served(set);
  REQUIRE_FALSE(served.subjects().empty());
  CHECK(served.document().at("paths").size() == served.subjects().size() + set.left_out.size());
  for (auto& subject : served.subjects()) {
    CAPTURE(subject.name());
    CHECK(members_without_row(subject.manifest()) == std::set<std::string>{});
    for (const auto& policy : policies()) check_policy(policy, subject);
  }
}

}  // namespace

TEST_CASE("all policies of functions that have many at once are of one mind") {
  walk({.name = "matrix", .build = STILE_MATRIX_FUNCTIONS});
}

TEST_CASE("all policies are of one mind where stile.json says other numbers than the functions") {
  walk({.name = "overridden",
        .build = STILE_MATRIX_FUNCTIONS,
        .overrides = R"({"staff/plain": {"max_body": 50, "rate": "2/1m burst 5"},
                         "staff/everything": {"rate": "none", "max_body": 3000},
                         "files": {"cache": "0s", "rate": "1/1m"},
                         "kept/{word}": {"cache": "30s", "max_body": 5},
                         "numbers": {"timeout": "500ms", "instances": 3, "min_instances": 2, "queue": 0}})",
        .overridden =
            R"({"staff/plain": {"max_body": 50, "rate": {"requests": 2, "per_ms": 60000, "burst": 5}},
                          "staff/everything": {"rate": null, "max_body": 3000},
                          "files": {"cache_s": null, "rate": {"requests": 1, "per_ms": 60000, "burst": 0}},
                          "kept/{word}": {"cache_s": 30, "max_body": 5},
                          "numbers": {"timeout_ms": 500, "instances": 3, "min_instances": 2, "queue": 0}})"});
}

TEST_CASE("all policies of guarded functions are of one mind") {
  walk({.name = "access", .build = STILE_ACCESS_FUNCTIONS, .known = "of-ada", .unknown = "of-bob"});
}

TEST_CASE("all policies of functions that the other tests through nginx ask are of one mind") {
  walk({.name = "e2e",
        .build = STILE_E2E_FUNCTIONS,
        .left_out = {{"faults/broken", "its process never comes up"},
                     {"grid/slow", "takes a second for each answer, and longer than it may"}}});
}

TEST_CASE("all policies of the samples are of one mind") {
  walk({.name = "samples", .build = STILE_SAMPLES});
}

TEST_CASE("a member of a manifest that stands in no row of the table is found") {
  const json manifest{{"name", "a"},
                      {"quota", 3},
                      {"limits", {{"max_body", 1}, {"rate", {{"requests", 1}, {"jitter", 2}}}}},
                      {"access", {{"schemes", {{{"kind", "jwt"}, {"realm", "x"}}}}}}};
  CHECK(members_without_row(manifest) ==
        std::set<std::string>{"quota", "limits.rate.jitter", "access.schemes.realm"});
}

TEST_CASE("each row of the table is a policy that some function here declares, or that another test sees") {
  std::set<std::string> declared;
  for (const auto* folder : {STILE_MATRIX_FUNCTIONS, STILE_ACCESS_FUNCTIONS}) {
    const auto list = json::parse(read_file(folder + std::string("/functions.json")));
    for (const std::string name : list.at("functions"))
      declared.merge(members_of(json::parse(read_file(folder + ("/" + name) + ".json"))));
  }
  for (const auto& policy : policies()) {
    for (const auto& member : policy.members) {
      CAPTURE(member);
      CHECK(declared.count(member) == 1);
    }
    CAPTURE(policy.name);
    CHECK((policy.look || !policy.elsewhere.empty()));
    if (!policy.elsewhere.empty())
      CHECK(std::filesystem::exists(std::string(STILE_SOURCE_DIR) + "/" + policy.elsewhere));
  }
}
