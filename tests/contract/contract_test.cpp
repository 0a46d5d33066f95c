// The OpenAPI document of the functions that come with it, and what they answer through nginx, held against each other by
// programs that know nothing of Stile: linters, a TypeScript client, a generator of requests (drive.mjs).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"
#include "support/third_party.hpp"

using namespace stile::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const std::string here = STILE_SOURCE_DIR "/tests/contract/";

std::string tool(const std::string& name) { return STILE_WEB_TOOLS "/node_modules/.bin/" + name; }

Outcome run_tool(const std::vector<std::string>& command, const std::string& directory = {}) {
  ProcessOptions options;
  options.directory = directory;
  options.environment = {{"STILE_WEB_TOOLS", STILE_WEB_TOOLS},
                         {"REDOCLY_TELEMETRY", "off"},
                         {"REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"},
                         {"NO_COLOR", "1"}};
  return run(command, options, std::chrono::minutes{4});
}

void check_clean(const Outcome& outcome) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit.clean());
}

// Says whose API it is, which the linters want to know; stile.json does so for the samples.
const std::string configuration =
    R"({"api": {"title": "Samples", "contact": "https://example.org", "license": "MIT"}})";

// Functions that are served, with what they need around them: those that come with Stile, and those of tests/contract.
class Served {
 public:
  static Served samples() { return Served(false); }
  static Served every_kind() { return Served(true); }
  std::string url(const std::string& path) const { return project_.url(path); }

 private:
  explicit Served(bool is_every_kind)
      : weather_([](const std::string& line) {
          const bool is_known = line.find("city=x") == std::string::npos;
          return http_answer(is_known ? 200 : 404, R"({"temperature": 21.5, "sky": "sunny"})");
        }),
        project_(options(is_every_kind)) {}

  ServedOptions options(bool is_every_kind) const {
    std::vector<std::string> arguments;
    if (is_every_kind) {
      arguments = {"--functions-build", STILE_CONTRACT_FUNCTIONS, "--config",
                   directory_.write("stile.json", configuration)};
    }
    return {.arguments = std::move(arguments), .process = {.environment = {{"WEATHER_URL", weather_.url()}}}};
  }

  TemporaryDirectory directory_;
  ThirdParty weather_;
  ServedProject project_;
};

// What is served at /openapi.json, as a file.
class Document {
 public:
  explicit Document(const Served& served) {
    const auto answer = HttpClient().get(served.url("/openapi.json"));
    REQUIRE(answer.status == 200);
    path_ = directory_.write("openapi.json", answer.body);
  }
  const std::string& path() const { return path_; }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

void check_lint(const std::string& document) {
  const auto redocly =
      run_tool({tool("redocly"), "lint", "--config", here + "redocly.yaml", "--format", "json", document});
  INFO(redocly.out << redocly.err);
  CHECK(redocly.exit.clean());
  CHECK_THAT(redocly.out, Contains(R"("errors": 0)") && Contains(R"("warnings": 0)"));
  check_clean(run_tool({tool("spectral"), "lint", "--ruleset", here + "spectral.yaml", "--fail-severity",
                        "hint", "--fail-on-unmatched-globs", document}));
}

bool is_soak() {
  const char* value = std::getenv("STILE_SOAK");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value != nullptr && std::string(value) == "1";
}

void drive(const Served& served) {
  std::vector<std::string> command{"node",     here + "drive.mjs", "--document", served.url("/openapi.json"),
                                   "--origin", served.url("")};
  if (is_soak()) {  // with a seed of its own, which it prints
    command.insert(command.end(), {"--valid", "300", "--broken", "600", "--for", "180"});
  } else {
    command.insert(command.end(), {"--seed", "stile", "--valid", "150", "--broken", "300"});
  }
  const auto outcome = run_tool(command);
  if (is_soak()) WARN(outcome.out);
  check_clean(outcome);
}

}  // namespace

TEST_CASE("The generator finds each bug of a server that has one, and none of one that has none") {
  check_clean(run_tool({"node", here + "selftest/selftest.mjs"}));
}

TEST_CASE("Redocly and Spectral take the document of the functions that come with it without a warning") {
  check_lint(Document(Served::samples()).path());
}

TEST_CASE("Redocly and Spectral take a document with every kind of shape without a warning") {
  check_lint(Document(Served::every_kind()).path());
}

TEST_CASE("Redocly and Spectral do warn, of a document that deserves it") {
  const TemporaryDirectory directory;
  const auto path =
      directory.write("openapi.json", R"({"openapi": "3.1.0", "info": {"title": "", "version": ""},
    "paths": {"/a": {"get": {"responses": {"200": {"description": ""}}}}}})");
  const auto redocly =
      run_tool({tool("redocly"), "lint", "--config", here + "redocly.yaml", "--format", "json", path});
  CHECK_THAT(redocly.out, !Contains(R"("warnings": 0)"));
  const auto spectral = run_tool(
      {tool("spectral"), "lint", "--ruleset", here + "spectral.yaml", "--fail-severity", "hint", path});
  CHECK_FALSE(spectral.exit.clean());
}

TEST_CASE("A strict TypeScript client compiles with the types that the document gives, and works") {
  const auto served = Served::samples();
  const Document document(served);
  const auto& folder = document.directory();
  for (const char* file : {"tsconfig.json", "api_client.mts", "notes.mts"})
    fs::copy_file(here + "client/" + file, folder.file(file));
  // What has a default may be left out of a request.
  check_clean(run_tool({tool("openapi-typescript"), document.path(), "--default-non-nullable=false",
                        "--output", folder.file("api.d.mts")}));
  check_clean(run_tool({tool("tsc"), "--project", folder.path(), "--noEmit"}));
  check_clean(run_tool({tool("tsc"), "--project", folder.path()}));
  check_clean(run_tool({"node", folder.file("notes.mjs"), served.url("")}));
}

TEST_CASE("Every operation of the functions that come with it answers as the document says") {
  drive(Served::samples());
}

TEST_CASE("Every operation with every kind of shape answers as the document says") {
  drive(Served::every_kind());
}
