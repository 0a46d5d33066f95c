// Dockerfile, deploy/ and what they say of settings, ports and paths, against what stands. That the image serves is tried
// where there is an engine for it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "cli/settings.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile;
using stile::test::read_file;

namespace {

const fs::path root = STILE_SOURCE_DIR;

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  return {std::sregex_token_iterator(text.begin(), text.end(), expression, 0), {}};
}

std::set<std::string> known_variables() {
  std::set<std::string> known;
  for (const auto& setting : cli::all_settings()) known.insert(setting.variable());
  return known;
}

}  // namespace

TEST_CASE("Every variable that the files for containers set is a setting") {
  const auto known = known_variables();
  std::size_t seen = 0;
  for (const char* file :
       {"Dockerfile", "deploy/compose.yaml", "deploy/kubernetes.yaml", "docs/deploying.md"}) {
    for (const auto& name : matches(read_file((root / file).string()), "STILE_[A-Z_]+")) {
      INFO(file << ": " << name);
      CHECK(known.count(name) == 1);
      ++seen;
    }
  }
  CHECK(seen >= 6);
}

TEST_CASE("What a container may write is what the image says, in compose and Kubernetes too") {
  const auto dockerfile = read_file((root / "Dockerfile").string());
  CHECK_THAT(dockerfile,
             Catch::Contains("STILE_RUN_DIR=/tmp/") && Catch::Contains("STILE_STATE_DIR=/var/lib/stile/"));
  for (const char* file : {"deploy/compose.yaml", "deploy/kubernetes.yaml", "docs/deploying.md"}) {
    INFO(file);
    const auto text = read_file((root / file).string());
    CHECK_THAT(text, Catch::Contains("/tmp") && Catch::Contains("/var/lib/stile") && Catch::Contains("8080"));
  }
}

TEST_CASE("The packages that an installed tree needs are found, and their lack is said") {
  const test::TemporaryDirectory directory;
  const auto prefix = directory.file("opt");
  const auto installed = test::run({"cmake", "--install", STILE_BINARY_DIR, "--prefix", prefix});
  INFO(installed.err);
  REQUIRE(installed.exit.clean());
  const auto script = (root / "deploy/runtime-packages").string();
  const auto packages = test::run({script, prefix});
  INFO(packages.err);
  CHECK(packages.exit.clean());
  for (const char* package : {"libfmt9", "libspdlog1.10", "libsqlite3-0", "libcurl4"}) {
    CHECK_THAT(packages.out, Catch::Contains(package + std::string("\n")));
    for (const char* file : {"docs/systemd.md", "docs/dependencies.md", "docs/deploying.md"}) {
      INFO(file);
      CHECK_THAT(read_file((root / file).string()), Catch::Contains(package));
    }
  }
  CHECK(packages.out.find("-dev") == std::string::npos);
  CHECK(test::run({script, directory.path()}).exit.code == 2);
}

TEST_CASE("What checks keys and tokens is loaded by nobody who has no use for it") {
  const auto libraries = [](const std::string& program) {
    const auto outcome = test::run({"ldd", std::string(STILE_BINARY_DIR) + program});
    REQUIRE(outcome.exit.clean());
    REQUIRE_THAT(outcome.out, Catch::Contains("libfmt"));  // else nothing was found out
    return outcome.out;
  };
  const auto hello = libraries("/functions/hello.fcgi");
  for (const char* library : {"librhonabwy", "libgnutls", "libjansson", "libcrypto"})
    CHECK(hello.find(library) == std::string::npos);
  CHECK(libraries("/bin/stile").find("librhonabwy") ==
        std::string::npos);  // it makes keys, and checks no token
}

TEST_CASE("The version that is installed by cmake runs where it lies") {
  const test::TemporaryDirectory directory;
  REQUIRE(
      test::run({"cmake", "--install", STILE_BINARY_DIR, "--prefix", directory.file("opt")}).exit.clean());
  const auto routes = test::run({directory.file("opt/bin/stile"), "routes"});
  CHECK(routes.exit.clean());
  CHECK_THAT(routes.out, Catch::Contains("/api/hello"));
}
