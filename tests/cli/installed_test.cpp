// What `cmake --install` makes: a tree that serves from wherever it stands, and a unit that systemd takes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;

namespace {

class Installed {
 public:
  Installed() : outcome_(run({STILE_CMAKE, "--install", STILE_BINARY_DIR, "--prefix", prefix()})) {
    INFO(outcome_.err);
    REQUIRE(outcome_.exit.clean());
  }
  std::string prefix() const { return directory_.file("opt"); }
  std::string unit() const { return prefix() + "/lib/systemd/system/stile.service"; }

 private:
  TemporaryDirectory directory_;
  Outcome outcome_;
};

}  // namespace

TEST_CASE("The installed tree serves") {
  const Installed installed;
  ServedProject served({.program = installed.prefix() + "/bin/stile"});
  HttpClient client;
  CHECK(client.get(served.url("/api/hello/Ada")).body == R"({"message":"Hello, Ada!"})");
  CHECK(client.get(served.url("/")).header("Content-Type") == "text/html; charset=utf-8");
  CHECK(client.get(served.url("/notes.js")).status == 200);
  CHECK(client.get(served.url("/openapi.json")).status == 200);
  CHECK(served.stop().clean());
}

TEST_CASE("The installed tree has the page of /docs, as it was built") {
  const Installed installed;
  if (!fs::exists(STILE_BINARY_DIR "/docs/index.html")) {
    CHECK_FALSE(fs::exists(installed.prefix() + "/docs/index.html"));
    WARN("this build has no page, as npm was missing: left out");
    return;
  }
  const ServedProject served({.program = installed.prefix() + "/bin/stile"});
  HttpClient client;
  CHECK(client.get(served.url("/docs")).status == 200);
  for (const char* name : {"docs.js", "docs.css", "icon.svg", "swagger-ui-bundle.js", "swagger-ui.css"}) {
    CAPTURE(name);
    CHECK(client.get(served.url(std::string("/docs/") + name)).status == 200);
  }
  CHECK_THAT(client.get(served.url("/docs/licenses.txt")).body, Catch::Contains("Apache License"));
}

TEST_CASE(
    "The unit file is systemd's to understand, starts what is installed beside it, and gives it little") {
  const Installed installed;
  CHECK_THAT(read_file(installed.unit()),
             Catch::Contains("\nExecStart=" + installed.prefix() + "/bin/stile serve\n"));
  const auto verified = run({"systemd-analyze", "verify", "--man=no", installed.unit()});
  INFO(verified.err);
  CHECK(verified.exit.clean());
  CHECK(verified.err.empty());
  // Of 10 at most; a unit without any of these options has 9.6. The threshold is in tenths.
  const auto exposure = run(
      {"systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", installed.unit()});
  INFO(exposure.out << exposure.err);
  CHECK(exposure.exit.clean());
}
