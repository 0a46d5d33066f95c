// The scripts that a build runs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;

namespace {

std::string program(const TemporaryDirectory& directory, const std::string& name, const std::string& body) {
  const auto path = directory.write(name, "#!/bin/sh\n" + body + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace

TEST_CASE("What is saved while a build runs is built once more") {
  const TemporaryDirectory directory;
  const auto sources = directory.file("functions");
  std::filesystem::create_directories(sources);
  const auto source = directory.write("functions/x.cpp", "int x;");
  const auto journal = directory.file("journal");
  // The first one meets a save: later than any clock's tick.
  const auto build = program(directory, "build",
                             "echo built >>" + journal + "\n[ $(wc -l <" + journal +
                                 ") -gt 1 ] || touch -d @$(($(date +%s) + 2)) " + source + "\nexit 3");
  CHECK(run({STILE_SOURCE_DIR "/cmake/build-saved", sources, "--", build}).exit.code == 3);
  CHECK(read_file(journal) == "built\nbuilt\n");
  CHECK(run({STILE_SOURCE_DIR "/cmake/build-saved", sources, "--", build}).exit.code == 3);
  CHECK(read_file(journal) == "built\nbuilt\nbuilt\n");
}

TEST_CASE("A function that does not come to its main() fails its build, with its file and why") {
  const TemporaryDirectory directory;
  const auto manifest = directory.file("x.json");
  const auto describe = [&](const std::string& body) {
    return run({STILE_SOURCE_DIR "/cmake/describe", program(directory, "x.fcgi", body), manifest,
                "/p/functions/x.cpp", "x"});
  };
  CHECK(describe("echo '{}' | tee $5 >$3").exit.code == 0);
  CHECK(read_file(manifest) == "{}\n");
  CHECK(read_file(directory.file("x.openapi.json")) == "{}\n");
  for (const auto& [body, why] :
       std::vector<std::pair<std::string, std::string>>{{"exit 0", "has ended before its main()"},
                                                        {"echo no database >&2; exit 7", "ended with 7"},
                                                        {"kill -ABRT $$", "ended by signal 6"}}) {
    CAPTURE(body);
    const auto outcome = describe(body);
    CHECK(outcome.exit.code == 1);
    CHECK_THAT(outcome.err, Catch::Contains("/p/functions/x.cpp:1:1: error: ") && Catch::Contains(why));
    CHECK_FALSE(std::filesystem::exists(manifest));  // the one before is not taken for this one's
  }
  // What the worker itself says is wrong is all that is said.
  const auto refused = describe("echo noise; echo 'x: concurrency must be 1 .. 1024, not 5000' >&2; exit 2");
  CHECK(refused.exit.code == 1);
  CHECK(refused.err == "/p/functions/x.cpp:1:1: error: concurrency must be 1 .. 1024, not 5000\n");
}

namespace {

// web/bring with no tool but those that it needs, and with an npm that is a script of the test's, or none.
class Bringing {
 public:
  explicit Bringing(const std::string& npm = "") {
    std::filesystem::create_directories(directory_.file("bin"));
    for (const std::string tool : {"bash", "env", "sh", "dirname", "readlink", "mkdir", "flock", "cmp", "rm",
                                   "cp", "gzip", "cat", "grep"}) {
      const auto where = run({"sh", "-c", "command -v " + tool}).out;
      std::filesystem::create_symlink(where.substr(0, where.find('\n')), directory_.file("bin/" + tool));
    }
    if (!npm.empty()) program(directory_, "bin/npm", "echo called >>" + journal() + "\n" + npm);
  }
  Outcome bring() const {
    ProcessOptions options;
    options.environment = {{"PATH", directory_.file("bin")}};
    return run({STILE_SOURCE_DIR "/web/bring", page()}, options);
  }
  std::string page() const { return directory_.file("build/docs"); }
  std::string journal() const { return directory_.file("journal"); }
  bool has_page() const { return std::filesystem::exists(page() + "/index.html"); }

 private:
  TemporaryDirectory directory_;
};

void check_goes_on_without(const Bringing& bringing, const std::string& why) {
  const auto outcome = bringing.bring();
  CHECK(outcome.exit.clean());
  CHECK_THAT(outcome.err, Catch::StartsWith("stile: ") && Catch::Contains(why));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_FALSE(bringing.has_page());
}

}  // namespace

TEST_CASE(
    "Where npm is missing, or does not come through, one line says so and the build goes on without the "
    "page") {
  check_goes_on_without(Bringing(), "npm is not installed: apt-get install --no-install-recommends npm");
  check_goes_on_without(
      Bringing("echo 'npm ERR! code ENOTFOUND' >&2\necho 'npm ERR! errno ENOTFOUND' >&2\nexit 1"),
      "npm ERR! code ENOTFOUND");
}

TEST_CASE("npm is asked once for one lock file, and none of what it brings is run") {
  const Bringing bringing(
      "case \" $* \" in *' --ignore-scripts '*) ;; *) exit 1 ;; esac\n"
      "mkdir -p node_modules/swagger-ui-dist && cd node_modules/swagger-ui-dist &&\n"
      "for name in NOTICE LICENSE swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css; do\n"
      "  echo \"the $name\" >$name || exit\ndone");
  for (int i = 0; i < 2; ++i) {
    const auto outcome = bringing.bring();
    CHECK(outcome.exit.clean());
    CHECK(outcome.err.empty());
    CHECK(bringing.has_page());
    CHECK(read_file(bringing.journal()) == "called\n");
  }
  CHECK(run({"gzip", "-dc", bringing.page() + "/swagger-ui.css.gz"}).out == "the swagger-ui.css\n");
  CHECK(read_file(bringing.page() + "/licenses.txt") ==
        "the NOTICE\nthe LICENSE\nthe swagger-ui-bundle.js.LICENSE.txt\n");
}
