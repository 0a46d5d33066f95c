#include "support/process.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <system_error>

#include "support/network.hpp"
#include "support/served_project.hpp"

using namespace stile::test;

TEST_CASE("A program's output, errors and exit code come back") {
  const auto outcome = run({"sh", "-c", "echo to out; echo to err >&2; exit 3"});
  CHECK(outcome.out == "to out\n");
  CHECK(outcome.err == "to err\n");
  CHECK(outcome.exit.code == 3);
  CHECK(outcome.exit.signal == 0);
}

TEST_CASE("A program gets the environment, directory and descriptors that it was promised") {
  const Listener listener;
  ProcessOptions options;
  options.environment = {{"STILE_TEST_WORD", "fence"}};
  options.directory = "/usr";
  options.descriptors = {{listener.fd(), 7}};
  const auto outcome =
      run({"sh", "-c", "echo $STILE_TEST_WORD; pwd; readlink /proc/self/fd/7; cat"}, options);
  CHECK(outcome.out.find("fence\n/usr\nsocket:") == 0);
}

TEST_CASE("A line is waited for, and its absence is told from lateness") {
  const Process process({"sh", "-c", "echo first; read line; echo second; sleep 60"});
  CHECK(process.wait_for_line(Stream::out, "second") == "second");
  CHECK_THROWS_WITH(process.wait_for_line(Stream::out, "third", std::chrono::milliseconds{1}),
                    Catch::Contains("in time") && Catch::Contains("first"));
  process.signal(SIGTERM);
  REQUIRE(process.wait());
  CHECK(process.wait()->signal == SIGTERM);
  CHECK_THROWS_WITH(Process({"true"}).wait_for_line(Stream::out, "anything"),
                    Catch::Contains("ended without"));
}

TEST_CASE("What a program leaves in its process group ends with it") {
  const TemporaryDirectory directory;
  {
    ProcessOptions options;
    options.environment = {{"STILE_TEST_MARK", directory.path()}};
    const Process process({"sh", "-c", "sleep 300 & echo started; wait"}, options);
    process.wait_for_line(Stream::out, "started");
    CHECK(processes_of(directory.path()).size() >= 2);
  }
  CHECK(eventually([&] { return processes_of(directory.path()).empty(); }));
}

TEST_CASE("A program that is not there is an error of its start") {
  CHECK_THROWS_AS(Process({"/nonexistent/program"}), std::system_error);
}
