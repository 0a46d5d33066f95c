#include "posix/cgroup.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

using stile::posix::memory_limit;

namespace {

class Machine {
 public:
  explicit Machine(const std::string& cgroup) { write("/proc/self/cgroup", cgroup); }
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = directory_.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  std::optional<std::uint64_t> memory() const { return memory_limit(directory_.path()); }

 private:
  stile::test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("without a limit of memory there is none") {
  Machine machine("0::/a");
  CHECK_FALSE(machine.memory());
  machine.write("/sys/fs/cgroup/a/memory.max", "max");
  CHECK_FALSE(machine.memory());
  machine.write("/sys/fs/cgroup/a/memory.max", "12 or so");
  CHECK(machine.memory() == 12U);
  machine.write("/sys/fs/cgroup/a/memory.max", "12MB");
  CHECK_FALSE(machine.memory());
}

TEST_CASE("the least limit of memory of all levels holds") {
  Machine machine("0::/pod/container");
  machine.write("/sys/fs/cgroup/pod/memory.max", "1000000");
  machine.write("/sys/fs/cgroup/pod/container/memory.max", "2000000");
  CHECK(machine.memory() == 1'000'000U);
  machine.write("/sys/fs/cgroup/pod/container/memory.max", "3000");
  CHECK(machine.memory() == 3000U);
}

TEST_CASE("of cgroup v1 the memory controller's limit holds, where it is one") {
  Machine machine("5:cpu:/a\n4:memory:/a");
  machine.write("/sys/fs/cgroup/cpu/a/memory.limit_in_bytes", "1");
  machine.write("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712");
  CHECK_FALSE(machine.memory());
  machine.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4096");
  CHECK(machine.memory() == 4096U);
}
