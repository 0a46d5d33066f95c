// What the server stands on gives way: nginx, files of the run directory, the disk, the supervisor itself.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "faults/faults.hpp"
#include "support/http_client.hpp"
#include "support/network.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

// A file system of its own for a run directory. Not everybody may mount one.
class SmallDisk {
 public:
  SmallDisk() { is_mounted_ = ::mount("none", path().c_str(), "tmpfs", 0, "size=4m,mode=0755") == 0; }
  ~SmallDisk() {
    if (is_mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  explicit operator bool() const { return is_mounted_; }
  const std::string& path() const { return directory_.path(); }
  /// Returns how many bytes still went in.
  std::size_t fill() const {
    std::ofstream file(path() + "/filler");
    std::size_t written = 0;
    const std::string block(4096, 'x');
    while (file.write(block.data(), 4096).flush()) written += 4096;
    return written;
  }
  void empty() const { fs::remove(path() + "/filler"); }
  bool make_read_only() const {
    return ::mount("none", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0;
  }
  bool make_writable() const { return ::mount("none", path().c_str(), "tmpfs", MS_REMOUNT, "") == 0; }

 private:
  TemporaryDirectory directory_;
  bool is_mounted_ = false;
};

ServedOptions in_run_directory(const std::string& path) {
  auto options = fault_functions();
  options.run_directory = path;
  return options;
}

LoadOptions posts(const ServedProject& project, double rate = 0) {
  return {.port = project.port(),
          .connections = 8,
          .requests = {load_request("POST", "/api/neighbour"), load_request("GET", "/api/neighbour")},
          .rate = rate};
}

pid_t nginx_master(const ServedProject& project) {
  for (const pid_t pid : project.processes("nginx")) {
    if (status_field(pid, "PPid") == std::to_string(project.process().pid())) return pid;
  }
  throw std::runtime_error("nginx is not there");
}

}  // namespace

TEST_CASE("nginx that is killed under load is back at once, and no port was ever closed") {
  const ServedProject project(fault_functions());
  Load load(posts(project));
  REQUIRE(load.goes_on(1000));
  const int kills = sized(5, 50);
  for (int i = 0; i < kills; ++i) {
    const auto master = nginx_master(project);
    for (const pid_t pid : project.processes("nginx")) ::kill(pid, SIGKILL);
    REQUIRE(eventually([&] {
      const auto now = project.processes("nginx");
      return !now.empty() && std::find(now.begin(), now.end(), master) == now.end();
    }));
    REQUIRE(load.goes_on(1000));
  }
  const auto figures = load.stop();
  report(fmt::format("nginx killed {} times: {}", kills, figures.text()));
  // What was on its way in nginx is lost with it.
  CHECK(figures.failed() == figures.with_status(0));
  CHECK(figures.failed() <= static_cast<std::uint64_t>(kills) * 8 * 3);
}

TEST_CASE("nginx that is reloaded by hand under load loses no request of its functions") {
  const ServedProject project(fault_functions());
  Load load(posts(project));
  REQUIRE(load.goes_on(1000));
  const int reloads = sized(10, 100);
  for (int i = 0; i < reloads; ++i) {
    REQUIRE(::kill(nginx_master(project), SIGHUP) == 0);
    REQUIRE(load.goes_on(3000));
  }
  const auto figures = load.stop();
  report(fmt::format("nginx reloaded by hand {} times: {}", reloads, figures.text()));
  // It may close a client's idle connection at the moment that the client sends (docs/nginx.md); no function fails.
  CHECK(figures.failed() == figures.with_status(0));
  CHECK(figures.failed() <= static_cast<std::uint64_t>(reloads) * 8);
}

TEST_CASE("a run directory on a full disk: what serves goes on, and what is new comes up or says why not") {
  const SmallDisk disk;
  if (!disk) return report("disk full: skipped, as nothing can be mounted here");
  const ServedProject project(in_run_directory(disk.path() + "/run"));
  HttpClient client;
  CHECK(client.get(project.url("/api/neighbour")).status == 200);
  const auto filled = disk.fill();
  Load load(posts(project, 500));
  CHECK(load.goes_on(500));
  const int cold = client.get(project.url("/api/journal")).status;
  const auto killed = pid_of(project, "/api/neighbour");
  ::kill(killed, SIGKILL);
  const auto begun = std::chrono::steady_clock::now();
  const bool is_back = eventually([&] { return client.get(project.url("/api/neighbour")).status == 200; });
  const auto back =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  const auto reload = control(project, "reload");
  disk.empty();
  CHECK(eventually([&] { return client.get(project.url("/api/journal")).status == 200; }));
  const auto figures = load.stop();
  report(fmt::format(
      "disk full ({} kB left): a cold function {}, a killed one is back after {:.0f} ms, reload: {}; {}",
      filled / 1024, cold, back, reload.dump(), figures.text()));
  CHECK(is_back);
  CHECK(figures.failed() <= 8);
  CHECK_FALSE(project.process().wait(0ms));
}

TEST_CASE("a run directory that turns read-only: it serves on") {
  const SmallDisk disk;
  if (!disk) return report("read-only: skipped, as nothing can be mounted here");
  const ServedProject project(in_run_directory(disk.path() + "/run"));
  HttpClient client;
  CHECK(client.get(project.url("/api/neighbour")).status == 200);
  // Fails while a file there is open for writing, which a log may be.
  if (!disk.make_read_only()) {
    if (::mount(disk.path().c_str(), disk.path().c_str(), nullptr, MS_BIND, nullptr) == -1 ||
        ::mount(nullptr, disk.path().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == -1)
      return report("read-only: skipped, as it can't be made so here");
  }
  CHECK_FALSE(std::ofstream(disk.path() + "/try"));
  Load load(posts(project, 500));
  CHECK(load.goes_on(500));
  const int cold = client.get(project.url("/api/journal")).status;
  ::kill(pid_of(project, "/api/neighbour"), SIGKILL);
  CHECK(eventually([&] { return client.get(project.url("/api/neighbour")).status == 200; }));
  const auto figures = load.stop();
  report(fmt::format("read-only: a cold function {}; {}", cold, figures.text()));
  CHECK(figures.failed() <= 8);
  CHECK_FALSE(project.process().wait(0ms));
  ::umount2(disk.path().c_str(), MNT_DETACH);
  disk.make_writable();
}

TEST_CASE("sockets that somebody deletes: warm functions are served on, and a reload mends the rest") {
  const ServedProject project(fault_functions());
  Load load(posts(project));
  REQUIRE(load.goes_on(1000));
  std::size_t deleted = 0;
  for (const auto& entry : fs::recursive_directory_iterator(project.run_directory())) {
    if (entry.is_socket() && entry.path().filename() != "control.sock")
      deleted += fs::remove(entry.path()) ? 1 : 0;
  }
  CHECK(load.goes_on(5000));
  const auto figures = load.stop();
  HttpClient client;
  const int cold = client.get(project.url("/api/journal")).status;
  const auto reload = control(project, "reload");
  const bool mended = eventually([&] { return client.get(project.url("/api/journal")).status == 200; }, 5s);
  report(fmt::format("{} sockets deleted: warm: {}; a cold function {}, after a reload ({}) {}", deleted,
                     figures.text(), cold, reload.dump(), mended ? "served" : "still not"));
  CHECK_FALSE(project.process().wait(0ms));
  CHECK(eventually([&] { return client.get(project.url("/healthz")).status == 200; }));
}

TEST_CASE("of two supervisors on one run directory the second says so and exits with 1") {
  const ServedProject project(fault_functions());
  Load load(posts(project));
  REQUIRE(load.goes_on(100));
  const auto second = run({STILE_BINARY_DIR "/bin/stile", "serve", "--run-dir", project.run_directory(),
                           "--port", "0", "--functions-build", STILE_FAULT_FUNCTIONS});
  CHECK(second.exit.code == 1);
  CHECK(load.goes_on(100));
  const auto figures = load.stop();
  report(fmt::format("two at once: the second says \"{}\"; {}", second.err.substr(0, second.err.find('\n')),
                     figures.text()));
  CHECK(figures.failed() == 0);
}

TEST_CASE("a worker that is stopped, idle or busy, is replaced, and only what it held waits for that") {
  const ServedProject project(fault_functions());
  HttpClient client;
  for (const bool busy : {false, true}) {
    CAPTURE(busy);
    const auto stopped = pid_of(project, "/api/slow?ms=0");
    std::optional<Load> held;
    if (busy) {
      held.emplace(LoadOptions{.port = project.port(),
                               .connections = 2,
                               .requests = {load_request("POST", "/api/slow?ms=300")},
                               .most = 2});
      CHECK(eventually([&] {
        return std::ifstream(project.state_directory() + "/running").seekg(0, std::ios::end).tellg() == 4;
      }));
    }
    stop_by_signal(stopped);
    const auto begun = std::chrono::steady_clock::now();
    const bool is_back = eventually([&] {
      const auto response = client.get(project.url("/api/slow?ms=0"));
      return response.status == 200;
    });
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    CHECK(is_back);
    CHECK(eventually(
        [&] { return workers(project, "slow").size() == 1 && workers(project, "slow").front() != stopped; }));
    report(fmt::format("SIGSTOP while {}: served again after {:.2f} s{}", busy ? "busy" : "idle", took,
                       held ? "; " + held->wait().text() : ""));
  }
}

TEST_CASE("kill -9 of the supervisor stops no request of a warm function, and the next one takes over") {
  TemporaryDirectory directory;
  const auto run_directory = directory.file("run");
  auto options = in_run_directory(directory.file("run"));
  options.port = free_port();
  // Each ends all that belongs to the run directory with itself.
  std::vector<std::unique_ptr<ServedProject>> projects;
  projects.push_back(std::make_unique<ServedProject>(options));
  Load load(posts(*projects.back()));
  REQUIRE(load.goes_on(1000));
  const int rounds = sized(3, 20);
  for (int i = 0; i < rounds; ++i) {
    projects.back()->process().signal(SIGKILL);
    REQUIRE(projects.back()->process().wait());
    CHECK(load.goes_on(3000));
    projects.push_back(std::make_unique<ServedProject>(options));
    CHECK(load.goes_on(3000));
  }
  const auto figures = load.stop();
  report(fmt::format("kill -9 of the supervisor, {} times: {}", rounds, figures.text()));
  CHECK(figures.failed() == 0);
}
