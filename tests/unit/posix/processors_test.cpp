#include "posix/processors.hpp"

#include <sched.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_directory.hpp"

using stile::posix::usable_processors;

namespace {

// A machine as a container sees it: /proc/self/cgroup, and the files below /sys/fs/cgroup.
class Machine {
 public:
  explicit Machine(const std::string& cgroup) { write("/proc/self/cgroup", cgroup); }
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  std::string root() const { return directory_.path(); }
  unsigned processors() const { return usable_processors(root()); }

 private:
  stile::test::TemporaryDirectory directory_;
};

// What the machine has, so that a limit below it is one.
const unsigned all = usable_processors("/nonexistent");

}  // namespace

TEST_CASE("without a limit it is what the affinity allows") {
  cpu_set_t set;
  REQUIRE(::sched_getaffinity(0, sizeof(set), &set) == 0);
  CHECK(all == static_cast<unsigned>(CPU_COUNT(&set)));
  Machine machine("0::/");
  CHECK(machine.processors() == all);
  machine.write("/sys/fs/cgroup/cpu.max", "max 100000");
  CHECK(machine.processors() == all);
  machine.write("/sys/fs/cgroup/cpu.max", "100000000 100000");
  CHECK(machine.processors() == all);
}

TEST_CASE("the limit of cgroup v2 is rounded up, and the least of all levels holds") {
  Machine machine("0::/pod/container");
  machine.write("/sys/fs/cgroup/pod/container/cpu.max", "50000 100000");
  CHECK(machine.processors() == 1);
  machine.write("/sys/fs/cgroup/pod/container/cpu.max", "100001 100000");
  CHECK(machine.processors() == std::min(all, 2U));
  machine.write("/sys/fs/cgroup/pod/cpu.max", "10000 100000");
  CHECK(machine.processors() == 1);
}

TEST_CASE("in a container whose path is the host's, the mount's own top holds") {
  Machine machine("0::/system.slice/docker-1234.scope");
  machine.write("/sys/fs/cgroup/cpu.max", "100000 100000");
  CHECK(machine.processors() == 1);
}

TEST_CASE("the limit of cgroup v1 stands in two files") {
  Machine machine("5:memory:/pod\n4:cpu,cpuacct:/pod\n1:cpuset:/");
  machine.write("/sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "100000");
  machine.write("/sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "100000");
  CHECK(machine.processors() == 1);
  machine.write("/sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "-1");
  CHECK(machine.processors() == all);
}

TEST_CASE("files that hold something else limit nothing") {
  for (const char* text : {"", "x y", "100000", "0 100000", "-5 100000", "100000 0"}) {
    CAPTURE(text);
    Machine machine("0::/\nnonsense\n:\n");
    machine.write("/sys/fs/cgroup/cpu.max", text);
    CHECK(machine.processors() == all);
  }
}
