#include "supervisor/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "posix/error.hpp"

#include "support/temporary_directory.hpp"

using namespace stile;
using namespace stile::supervisor;

namespace {

// Runs /bin/sh -c SCRIPT and takes its output and its end.
struct Shell {
  EventLoop loop;
  posix::Fd shell{::open("/bin/sh", O_RDONLY | O_CLOEXEC)};
  Command command;
  posix::Fd output;
  posix::Fd input;
  Ending ending{-1, -1};

  explicit Shell(const std::string& script) {
    std::array<int, 2> ends{};
    posix::check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    output.reset(ends[0]);
    input.reset(ends[1]);
    command.executable = shell.get();
    command.arguments = {"sh", "-c", script};
    command.environment = environment_with({});
    command.files = {{input.get(), 1}, {input.get(), 2}};
  }

  std::string read_line() const {
    std::string line;
    char c = 0;
    while (::read(output.get(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  std::string run() {
    const Process process(loop, command, [this](Ending how) {
      ending = how;
      loop.stop();
    });
    input.reset();
    loop.run();
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(output.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a child's end is told as its exit code or its signal") {
  Shell exits("exit 7");
  exits.run();
  CHECK(exits.ending.text() == "exit code 7");
  CHECK_FALSE(exits.ending.clean());

  Shell dies("kill -SEGV $$");
  dies.run();
  CHECK(dies.ending.text() == "signal 11 (Segmentation fault)");

  Shell fine("exit 0");
  fine.run();
  CHECK(fine.ending.clean());
}

TEST_CASE("a child gets the descriptors that it is given and no others") {
  const posix::Fd leaked(::open("/dev/null", O_RDONLY));  // NOLINT: without close-on-exec, on purpose
  Shell shell("ls /proc/self/fd | tr '\\n' ' '");
  shell.command.files = {{shell.input.get(), 1}, {shell.input.get(), 2}, {shell.input.get(), 5}};
  // 0 is /dev/null; ls itself opens the folder as the lowest free number, 3
  CHECK(shell.run() == "0 1 2 3 5 ");
}

TEST_CASE("descriptors whose numbers are in each other's way are placed right") {
  std::array<int, 2> first{};
  posix::check(::pipe2(first.data(), O_CLOEXEC), "pipe2");
  const posix::Fd one(first[0]);
  const posix::Fd two(first[1]);
  Shell shell("echo swapped >&" + std::to_string(first[0]));
  shell.command.files.emplace_back(first[0], first[1]);
  shell.command.files.emplace_back(first[1], first[0]);
  shell.run();
  std::array<char, 16> buffer{};
  REQUIRE(::read(one.get(), buffer.data(), buffer.size()) == 8);
  CHECK(std::string(buffer.data(), 8) == "swapped\n");
}

TEST_CASE("a child starts with no signal blocked or ignored, in a session of its own") {
  ::signal(SIGPIPE, SIG_IGN);
  Shell shell(
      "grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\t\\n'; ps -o sid= -p $$ | tr -d ' '; echo $$");
  const std::string text = shell.run();
  CHECK(text.find("SigBlk:0000000000000000SigIgn:0000000000000000") == 0);
  const std::string rest = text.substr(text.rfind("0000") + 4);
  const auto newline = rest.find('\n');
  CHECK(rest.substr(0, newline) + "\n" == rest.substr(newline + 1));
}

TEST_CASE("a child that is the first to die for want of memory is marked as such") {
  const auto own = test::read_file("/proc/self/oom_score_adj");
  Shell other("cat /proc/self/oom_score_adj");
  CHECK(other.run() == own);
  Shell first("cat /proc/self/oom_score_adj");
  first.command.is_first_to_die = true;
  CHECK(first.run() == "500\n");
}

TEST_CASE("what a child leaves in its process group goes with it") {
  Shell shell("sleep 1000 & echo $!");
  const std::string pid = shell.run();  // ends only once the sleep's copy of the pipe is closed
  CHECK(shell.ending.clean());
  CHECK(std::stoi(pid) > 0);
}

TEST_CASE("a child that cannot be executed says so and exits with 127") {
  Shell shell("exit 0");
  const posix::Fd not_a_program(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  shell.command.executable = not_a_program.get();
  CHECK(shell.run() == "cannot start the process: exec: Permission denied\n");
  CHECK(shell.ending.code == 127);
}

TEST_CASE("ending a process object ends the process") {
  Shell shell("echo up; exec sleep 1000");
  {
    const Process process(shell.loop, shell.command, [](Ending) {});
    shell.input.reset();
    CHECK(shell.read_line() == "up");
  }
  CHECK(shell.read_line().empty());  // the end of the pipe
}

TEST_CASE("as root, a child becomes the account that it is given and can't go back") {
  if (::geteuid() != 0) return;  // only root can become another
  const auto account = posix::find_account("www-data");
  Shell shell(
      "id -u; id -g; grep -c '^Groups:.*[0-9]' /proc/self/status; chroot / true 2>/dev/null || echo refused");
  shell.command.account = &account;
  CHECK(shell.run() ==
        std::to_string(account.user) + "\n" + std::to_string(account.group) + "\n1\nrefused\n");
}

TEST_CASE("the environment of a child is ours with additions and without what is left out") {
  ::setenv("STILE_TEST_A", "old", 1);
  ::setenv("STILE_TEST_B", "gone", 1);
  const auto environment = environment_with({"STILE_TEST_A=new"}, {"STILE_TEST_B"});
  CHECK(std::count(environment.begin(), environment.end(), "STILE_TEST_A=new") == 1);
  CHECK(std::count(environment.begin(), environment.end(), "STILE_TEST_A=old") == 0);
  CHECK(std::count(environment.begin(), environment.end(), "STILE_TEST_B=gone") == 0);
}

TEST_CASE("a function's environment holds what it declares, and what any program needs") {
  ::setenv("STILE_TEST_A", "declared", 1);
  ::setenv("STILE_TEST_AB", "not declared", 1);
  ::setenv("LC_TEST", "locale", 1);
  const auto environment = environment_of_function({"STILE_TEST_A", "STILE_TEST_MISSING"});
  for (const auto* name : {"STILE_TEST_A", "STILE_TEST_AB", "LC_TEST"}) ::unsetenv(name);
  CHECK(std::count(environment.begin(), environment.end(), "STILE_TEST_A=declared") == 1);
  CHECK(std::count(environment.begin(), environment.end(), "LC_TEST=locale") == 1);
  for (const auto& entry : environment) CHECK_FALSE(entry.starts_with("STILE_TEST_AB="));
  for (const auto& entry : environment) CHECK_FALSE(entry.starts_with("HOME="));
}
