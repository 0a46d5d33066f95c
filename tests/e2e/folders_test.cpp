// Settings by folder, and the steps around a folder, through nginx.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/grid_project.hpp"

using namespace stile::test;
using nlohmann::json;

namespace {

HttpResponse ask(const GridProject& project, const std::string& path, const std::string& tenant = "acme") {
  return HttpClient().get(project.url("/api/steps" + path), {{"X-Tenant", tenant}});
}

std::vector<std::string> ways(const HttpResponse& response) {
  std::vector<std::string> found;
  for (const auto& [name, value] : response.headers) {
    if (name == "X-Way") found.push_back(value);
  }
  return found;
}

json manifest_of(const std::string& name) {
  return json::parse(read_file(STILE_E2E_FUNCTIONS "/steps/" + name + ".json"));
}

}  // namespace

TEST_CASE("of what folders say the nearest holds, member by member") {
  const auto inner = manifest_of("inner/show");
  CHECK(inner.at("limits").at("timeout_ms") == 7000);
  CHECK(inner.at("limits").at("concurrency") == 2);
  CHECK(inner.at("environment").empty());  // said to be none, not left out
  const auto outer = manifest_of("once");
  CHECK(outer.at("limits").at("timeout_ms") == 7000);
  CHECK(outer.at("limits").at("concurrency") == 3);
  CHECK(outer.at("environment") == json{"STEPS_PLACE"});
}

TEST_CASE("steps around a folder hand values on and change the answer, the outer one first") {
  const GridProject project;
  const auto deep = ask(project, "/inner/show");
  CHECK(deep.status == 200);
  CHECK(json::parse(deep.body) == json{{"tenant", "acme"}, {"depth", 2}, {"header", "acme"}});
  CHECK(deep.header("X-Outer") == "acme");
  CHECK(deep.header("X-Inner") == "acme");
  CHECK(ways(deep) == std::vector<std::string>{"inner", "outer"});
  const auto flat = ask(project, "/once");
  CHECK(json::parse(flat.body) == json{{"depth", 1}});
  CHECK(ways(flat) == std::vector<std::string>{"outer"});
}

TEST_CASE("a step answers early, by an answer or by a problem, and nothing below is asked") {
  const GridProject project;
  const auto closed = ask(project, "/inner/show", "closed");
  CHECK(closed.status == 503);
  CHECK(closed.body == "closed");
  CHECK(closed.header("Retry-After") == "60");
  CHECK(ways(closed).empty());
  check_problem(ask(project, "/inner/show", "stranger"), 403);
}

TEST_CASE("what fails below a step comes to it as its answer") {
  const GridProject project;
  const auto bug = ask(project, "/inner/show?fail=bug");
  check_problem(bug, 500);
  CHECK(ways(bug) == std::vector<std::string>{"inner", "outer"});
  CHECK(bug.body.find("the function has failed") == std::string::npos);
  project.served().wait_for_log("the function failed: the function has failed");
  CHECK(ask(project, "/inner/show?fail=problem").status == 410);
  const auto inner = ask(project, "/inner/show?inner=throws");
  check_problem(inner, 500);
  CHECK(ways(inner) == std::vector<std::string>{"outer"});
  const auto outer = ask(project, "/inner/show?outer=throws");
  check_problem(outer, 500);
  CHECK(ways(outer).empty());
}

TEST_CASE("a step may ask what is below twice") {
  const GridProject project;
  const auto answer = ask(project, "/inner/show?outer=twice");
  CHECK(json::parse(answer.body).at("tenant") == "acme");
  CHECK(json::parse(answer.body).at("depth") == 2);
}

TEST_CASE("what a step takes is asked of each request below it, and stands in the document") {
  const GridProject project;
  check_problem(HttpClient().get(project.url("/api/steps/once")), 422);
  CHECK(HttpClient().request("OPTIONS", project.url("/api/steps/once")).status == 204);
  const auto document = json::parse(HttpClient().get(project.url("/openapi.json")).body);
  const auto& get = document.at("paths").at("/api/steps/inner/show").at("get");
  std::vector<std::string> names;
  for (const auto& parameter : get.at("parameters")) names.push_back(parameter.at("name"));
  CHECK(names == std::vector<std::string>{"X-Tenant", "outer", "inner", "fail"});
}
