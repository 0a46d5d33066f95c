// The protocol of ownership (ownership.pml) in every state that it can reach: spin makes a program of the model, gcc
// compiles it, and it searches them all. And that the search finds what is broken on purpose.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace stile::test;
using namespace std::chrono_literals;

namespace {

enum class Search { states, cycles };

/// What the search says of the model with these "-DNAME=VALUE".
std::string search(const std::vector<std::string>& definitions, Search what = Search::states) {
  const TemporaryDirectory directory;
  const ProcessOptions here{.directory = directory.path()};
  std::vector<std::string> generate{"spin", "-a"};
  generate.insert(generate.end(), definitions.begin(), definitions.end());
  generate.emplace_back(STILE_SOURCE_DIR "/tests/model/ownership.pml");
  const auto generated = run(generate, here);
  INFO(generated.out << generated.err);
  REQUIRE(generated.exit.clean());
  const auto compiled = run({"gcc", "-O2", "-w", "-DCOLLAPSE", "-DMEMLIM=3000",
                             what == Search::cycles ? "-DNP" : "-DSAFETY", "-o", "pan", "pan.c"},
                            here, 120s);
  INFO(compiled.err);
  REQUIRE(compiled.exit.clean());
  std::vector<std::string> command{directory.file("pan"), "-m200000", "-w22"};
  if (what == Search::cycles) command.emplace_back("-l");
  const auto outcome = run(command, here, 900s);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit.signal == 0);
  return outcome.out;
}

void check_all(const std::vector<std::string>& definitions, Search what = Search::states) {
  const auto report = search(definitions, what);
  std::smatch states;
  REQUIRE(std::regex_search(report, states, std::regex("(\\d+) states, stored")));
  std::string text;
  for (const auto& definition : definitions) text += definition.substr(2) + " ";
  std::cout << "model: " << text << (what == Search::cycles ? "(cycles)" : "") << ": " << states[1]
            << " states\n";
  INFO(report);
  CHECK(report.find("errors: 0") != std::string::npos);
  // Else it has not seen all of them.
  for (const char* cut : {"Search not completed", "max search depth too small", "out of memory", "truncated"})
    CHECK(report.find(cut) == std::string::npos);
  CHECK(std::stoul(states[1]) > 10'000);
}

std::vector<std::string> history(int crashes, int replacements, int idle_times, int hang_ups, int handlers,
                                 int requests = 2, int indexes = 0) {
  return {"-DCRASHES=" + std::to_string(crashes),
          "-DREPLACEMENTS=" + std::to_string(replacements),
          "-DIDLE_TIMES=" + std::to_string(idle_times),
          "-DHANG_UPS=" + std::to_string(hang_ups),
          "-DHANDLERS=" + std::to_string(handlers),
          "-DREQUESTS=" + std::to_string(requests),
          "-DINDEXES=" + std::to_string(indexes != 0    ? indexes
                                        : hang_ups == 0 ? 1
                                                        : 2)};
}

bool is_soak() { return std::getenv("STILE_SOAK") != nullptr; }

}  // namespace

TEST_CASE("a replacement loses no request, and leaves none to who has left") {
  check_all(history(0, 1, 0, 0, 2, 3));
}

TEST_CASE("a worker sent home with nobody to follow loses no request") {
  check_all(history(0, 0, 1, 0, 2, 3));
}

TEST_CASE("a crash within a replacement loses one request at most") {
  check_all(history(1, 1, 0, 0, is_soak() ? 2 : 1));
}

TEST_CASE("nginx that hangs up within a replacement leaves nothing unowned") {
  check_all(history(0, 1, 0, 1, 1));
}

TEST_CASE("a crash while nginx hangs up leaves nothing unowned") { check_all(history(1, 0, 0, 1, 2)); }

TEST_CASE("whatever befalls them, all histories come to an end") {
  check_all(history(0, 1, 0, 0, 2), Search::cycles);
  check_all(history(1, 0, 0, 0, 2), Search::cycles);
}

TEST_CASE("longer histories") {
  if (!is_soak()) return;
  check_all(history(0, 2, 0, 0, 1));
  check_all(history(1, 0, 1, 0, 1));
}

TEST_CASE("the model can fail: each rule that is broken is found") {
  struct Broken {
    const char* rule;
    std::vector<std::string> history;
  };
  const auto broken = GENERATE(
      Broken{"PLAIN_MARK", history(0, 1, 0, 0, 2)},     // a store for a compare-and-swap
      Broken{"NO_GENERATION", history(0, 1, 0, 0, 2)},  // late threads claim the next's
      Broken{"IDLE_BEFORE_ARMED", history(0, 1, 0, 0, 2)},
      Broken{"EARLY_RETURN", history(0, 0, 0, 1, 2, 3, 1)},  // said before it is closed
      Broken{"KEEP_BUSY", history(1, 0, 0, 0, 2)},           // who crashed had read from it
      Broken{"UNSEEN_DRAIN", history(0, 1, 0, 0, 2)},        // not looked for behind idle
      Broken{"CLAIM_WHILE_LEAVING", history(0, 1, 0, 0, 2)}, Broken{"UNHEARD_WANT", history(0, 1, 0, 0, 2)});
  CAPTURE(broken.rule);
  auto definitions = broken.history;
  definitions.push_back(std::string("-D") + broken.rule);
  CHECK(search(definitions).find("errors: 1") != std::string::npos);
}
