// /docs, the sample page of public/ and pages of other origins in real Chromium: `stile serve` on the functions that come with it, and a reader
// who is a script (tests/web/*.mjs).
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <string>

#include "support/guarded_project.hpp"
#include "support/process.hpp"
#include "support/served_project.hpp"

using namespace stile::test;

namespace {

// One case of one of the scripts.
void visit(const ServedProject& served, const std::string& file, const std::string& name,
           const std::map<std::string, std::string>& environment = {}) {
  ProcessOptions options;
  options.environment = environment;
  options.environment["STILE_WEB_TOOLS"] = STILE_WEB_TOOLS;
  const auto outcome = run({"node", STILE_SOURCE_DIR "/tests/web/run.mjs", file, name, served.url("")},
                           options, std::chrono::minutes{4});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit.clean());
}

void read_as(const std::string& file, const std::string& name) { visit(ServedProject(), file, name); }

void call_from_elsewhere(const std::string& name) {
  ServedOptions options;
  options.arguments = {"--functions-build", STILE_WEB_FUNCTIONS};
  visit(ServedProject(options), "cors", name);
}

}  // namespace

TEST_CASE("the page lists the endpoints that the document has") { read_as("docs", "lists"); }
TEST_CASE("a request that is sent from the page shows its answer") { read_as("docs", "answers"); }
TEST_CASE("a refusal shows on the page as its problem, with the place of the fault") {
  read_as("docs", "refuses");
}
TEST_CASE("the page is light or dark, as its reader's system is, and can be read in both") {
  read_as("docs", "schemes");
}
TEST_CASE("the page fits a phone") { read_as("docs", "phone"); }
TEST_CASE("what the page's policy forbids does not happen, and is seen by these tests") {
  read_as("docs", "sees");
}
TEST_CASE("whoever puts a key and a token into the page's dialog may send what is guarded") {
  const GuardedProject guarded(STILE_ACCESS_FUNCTIONS);
  visit(guarded.project(), "docs", "authorizes",
        {{"STILE_TEST_KEY", guarded.add_key({"reader"})}, {"STILE_TEST_TOKEN", guarded.token()}});
}

TEST_CASE("the sample page adds a note, shows it and deletes it") { read_as("notes", "adds"); }
TEST_CASE("the sample page says why a note was refused") { read_as("notes", "refuses"); }
TEST_CASE("the sample page is light or dark, and can be read in both") { read_as("notes", "schemes"); }
TEST_CASE("the sample page fits a phone") { read_as("notes", "phone"); }

TEST_CASE("a page of another origin may do what is declared, and see what is exposed") {
  call_from_elsewhere("calls");
}
TEST_CASE("a page of another origin sees why its request failed") { call_from_elsewhere("fails"); }
TEST_CASE("a page of another origin sends what its reader has where credentials are declared") {
  call_from_elsewhere("remembers");
}
TEST_CASE("a page without an origin may do nothing") { call_from_elsewhere("sandboxed"); }
