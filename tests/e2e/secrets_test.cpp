// What of the server's environment and of its folder of secrets reaches a function, through nginx.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/http_client.hpp"
#include "support/served_project.hpp"

using namespace stile::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

class SecretsServed {
 public:
  explicit SecretsServed(const std::string& configuration = "{}")
      : project_({.arguments = {"--functions-build", STILE_E2E_FUNCTIONS, "--secrets-dir", folder(),
                                "--config", directory_.write("stile.json", configuration)},
                  .process = {.environment = {{"GRID_PLACE", "Graz"},
                                              {"GRID_KEY", "key-of-the-environment"},
                                              {"SHARED_PLACE", "everywhere"},
                                              {"OTHERS_KEY", "key-of-another"}}}}) {}

  HttpResponse ask(const std::string& query) const {
    return HttpClient().request("POST", project_.url("/api/grid/environment?" + query));
  }
  std::set<std::string> variables() const {
    return json::parse(HttpClient().get(project_.url("/api/grid/environment")).body)
        .get<std::set<std::string>>();
  }
  void write(const std::string& name, const std::string& text, fs::perms mode = fs::perms(0644)) const {
    fs::permissions(directory_.write("secrets/" + name, text), mode);
  }
  const ServedProject& project() const { return project_; }

 private:
  std::string folder() const {
    fs::create_directory(directory_.file("secrets"));
    return directory_.file("secrets");
  }

  TemporaryDirectory directory_;
  ServedProject project_;
};

}  // namespace

TEST_CASE("a function has of the environment what it and the project declare, and nothing else") {
  const SecretsServed served(R"({"environment": ["SHARED_PLACE"]})");
  const auto variables = served.variables();
  for (const auto* name : {"GRID_PLACE", "GRID_KEY", "SHARED_PLACE", "PATH", "STILE_STATE_DIR"}) {
    CAPTURE(name);
    CHECK(variables.count(name) == 1);
  }
  for (const auto* name : {"OTHERS_KEY", "GRID_PIN", "HOME", "USER"}) {
    CAPTURE(name);
    CHECK(variables.count(name) == 0);
  }
}

TEST_CASE("a secret is what its file holds now, and without one what its variable says") {
  const SecretsServed served;
  CHECK(json::parse(served.ask("name=grid_key").body).at("value") == "key-of-the-environment");
  served.write("grid_key", "key-of-the-file\n");
  CHECK(json::parse(served.ask("name=grid_key").body).at("value") == "key-of-the-file");
  served.write("grid_key", "first line\nsecond line\r\n");
  CHECK(json::parse(served.ask("name=grid_key").body).at("value") == "first line\nsecond line");
}

TEST_CASE("a secret that can't be had is a 503 whose cause is in the log alone") {
  const SecretsServed served;
  const auto check = [&](const std::string& query, int status, const std::string& cause) {
    CAPTURE(query);
    const auto response = served.ask(query);
    CHECK(response.status == status);
    CHECK_THAT(response.body, !Catch::Contains("grid_"));
    CHECK_THAT(response.body, !Catch::Contains("secrets"));
    served.project().wait_for_log(cause);
  };
  check("name=grid_pin", 503, "there is neither the file");
  check("name=others_key", 500, "is not declared");
  check("name=..%2Fstile.json", 500, "is not declared");
  served.write("grid_pin", "\n");
  check("name=grid_pin", 503, "it is empty");
  served.write("grid_pin", "1234", fs::perms(0666));
  check("name=grid_pin", 503, "may be written by others than its owner");
  served.write("grid_pin", std::string(65'537, 'x'));
  check("name=grid_pin", 503, "holds more than 65536 bytes");
}

TEST_CASE("a secret stands in no line of the log and in no problem") {
  const SecretsServed served;
  const std::string value = "a-secret-that-nobody-may-see";
  const std::string line = "a-line-of-a-key-that-nobody-may-see";
  served.write("grid_key", value + "\n" + line + "\n");
  served.ask("name=grid_key&how=log");
  served.ask("name=grid_key&how=print");
  const auto problem = served.ask("name=grid_key&how=problem");
  CHECK(problem.status == 502);
  CHECK(json::parse(problem.body).at("detail") == "refused: ***");
  CHECK(served.ask("name=grid_key&how=throw").status == 500);
  for (const auto* text : {"the log: ***", "printed: ***", "the function failed: thrown: ***"})
    served.project().wait_for_log(text);
  CHECK_THAT(served.project().log(), !Catch::Contains(value) && !Catch::Contains(line));
}
